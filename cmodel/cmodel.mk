# The C model: $(BUILD)/libwcmodel.a, the generator of the command definition, the benchmark.
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

# GEMM against OpenBLAS sgemm (Debian libopenblas-dev): `make bench-gemm`.
BENCH_GEMM := $(BUILD)/bench_gemm
$(BENCH_GEMM): tests/bench/bench_gemm.c tests/lib/random.c $(CMODEL_LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Icmodel -Itests/lib -o $@ $^ -lopenblas -lm -lpthread

.PHONY: bench-gemm
bench-gemm: $(BENCH_GEMM) ## GEMM of the C model against OpenBLAS on ResNet-50's convolutions
	@$(BENCH_GEMM)
