# The C model: build/libwcmodel.a. Uses CC, CFLAGS, BUILD.
#
# -O3 for the plain loops; the other two flags only say that nobody reads errno or the FP
# exception flags, which lets those loops become vector code. Neither changes a result.
CMODEL_FLAGS := -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math -pthread
CMODEL_SRC := $(filter-out cmodel/wc_isa_gen.c,$(wildcard cmodel/*.c))
CMODEL_OBJ := $(CMODEL_SRC:cmodel/%.c=$(BUILD)/cmodel/%.o)
CMODEL_LIB := $(BUILD)/libwcmodel.a

$(CMODEL_LIB): $(CMODEL_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/cmodel/%.o: cmodel/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CMODEL_FLAGS) -Icmodel -MMD -MP -c $< -o $@

-include $(CMODEL_OBJ:.o=.d)
