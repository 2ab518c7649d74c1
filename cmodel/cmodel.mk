# The C model: $(BUILD)/libwcmodel.a, the generator of the command definition.
#
# -O3 for the plain loops; the other two flags only say that nobody reads errno or the FP
# exception flags, which lets those loops become vector code. Neither changes a result.
CMODEL_FLAGS := -O3 -fno-math-errno -fno-trapping-math -pthread
CMODEL_SRC := $(filter-out cmodel/wc_isa_gen.c,$(wildcard cmodel/*.c))
CMODEL_OBJ := $(CMODEL_SRC:%.c=$(BUILD)/obj/%.o)
CMODEL_LIB := $(BUILD)/libwcmodel.a

$(CMODEL_LIB): $(CMODEL_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/obj/cmodel/%.o: cmodel/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(CMODEL_FLAGS) -MMD -MP -Icmodel -c -o $@ $<

$(BUILD)/wc_isa_gen: cmodel/wc_isa_gen.c cmodel/wc_isa.def cmodel/wc_isa.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Icmodel -o $@ $<

-include $(CMODEL_OBJ:.o=.d)
