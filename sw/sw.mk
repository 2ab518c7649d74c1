# The compiler, the training loop and the command: build/libwavecore.a, build/wavecore.
#
# libwavecore.a holds the driver and every part of sw/ that is no command line; programs link it
# and build/libwcmodel.a.
SW_CLI_SRC := sw/main.c $(wildcard sw/cli_*.c)
SW_LIB_SRC := $(filter-out $(SW_CLI_SRC),$(wildcard sw/*.c))
SW_CLI_OBJ := $(SW_CLI_SRC:%.c=$(BUILD)/obj/%.o)
SW_LIB_OBJ := $(SW_LIB_SRC:%.c=$(BUILD)/obj/%.o)

$(BUILD)/obj/sw/%.o: sw/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

# The script that measures PyTorch, as bytes.
BENCH_TORCH_OBJ := $(BUILD)/obj/sw/bench_torch_py.o
$(BENCH_TORCH_OBJ): sw/bench_torch.py
	@mkdir -p $(@D)
	$(Q)cd $(<D) && $(LD) -r -b binary -z noexecstack -o $(abspath $@) $(<F)

$(BUILD)/libwavecore.a: $(DRIVER_OBJ) $(SW_LIB_OBJ) $(BENCH_TORCH_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/wavecore: $(SW_CLI_OBJ) $(BUILD)/libwavecore.a $(BUILD)/libwcmodel.a
	$(Q)$(CC) $(SANFLAGS) -o $@ $^ $(LDLIBS)

-include $(SW_CLI_OBJ:.o=.d) $(SW_LIB_OBJ:.o=.d)
