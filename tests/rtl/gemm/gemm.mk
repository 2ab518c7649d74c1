# Benches of the systolic array and the GEMM unit: C++ around the Verilated module.
#
#   make test-gemm     build and run them all; SEED=n repeats a run
#
# GEMM_TESTS lists the programs. Each prints its seed and ends in "N passed, N failed". An
# argument sets the length (tb_array: cycles, tb_gemm: streams of commands).
GEMM_CXX ?= clang++
GEMM_DIR := $(BUILD)/tests/rtl/gemm
GEMM_RTL := rtl/wc_isa_pkg.sv $(wildcard rtl/wc_pe*.sv) rtl/wc_array.sv rtl/wc_array_mid.sv \
            rtl/wc_array_fast.sv \
            rtl/wc_ram_1r1w.sv rtl/wc_skew_buf.sv $(sort $(wildcard rtl/wc_gemm*.sv))
GEMM_DEPS := $(GEMM_RTL) rtl/wc_fp.svh cmodel/wc_isa.def cmodel/wc_isa.h \
             $(wildcard tests/rtl/gemm/*.h tests/rtl/gemm/*.mk)
GEMM_VFLAGS := --cc --exe --build -j 1 -O3 --x-assign fast --x-initial fast --noassert -Wno-fatal \
               -Wno-lint --unroll-count 32 -Irtl

# $(1) name, $(2) bench, $(3) top, $(4) parameters, $(5) -D flags of the bench, $(6) -O of the model
define gemm_bench
GEMM_TESTS += $(GEMM_DIR)/$(1)
$(GEMM_DIR)/$(1): tests/rtl/gemm/$(2).cpp $(wildcard tests/rtl/gemm/$(2).sv) $$(GEMM_DEPS)
	@mkdir -p $$(@D)/$(1).d
	$$(Q)verilator $$(GEMM_VFLAGS) --top-module $(3) $(addprefix -G,$(4)) --Mdir $$(@D)/$(1).d \
	  -o ../$(1) -CFLAGS "-std=c++17 -Wall -I$$(CURDIR)/cmodel $(addprefix -D,$(5))" \
	  -MAKEFLAGS "-s CXX=$$(GEMM_CXX) LINK=$$(GEMM_CXX) OPT_FAST=$(6) OPT_SLOW=-O0 OPT_GLOBAL=-O0" \
	  $$(filter %.sv,$$^) $$(CURDIR)/$$< > $$@.log 2>&1 || { cat $$@.log; false; }
endef

$(eval $(call gemm_bench,array_4x4,tb_array,tb_array,Rows=4 Cols=4,ROWS=4 COLS=4,-O1))
$(eval $(call gemm_bench,array_8x8,tb_array,tb_array,Rows=8 Cols=8,ROWS=8 COLS=8,-O1))
$(eval $(call gemm_bench,array_4x4w,tb_array,tb_array,Rows=4 Cols=4 DoubleWeights=0,\
  ROWS=4 COLS=4 DOUBLE_WEIGHTS=0,-O1))
$(eval $(call gemm_bench,array_5x8w,tb_array,tb_array,Rows=5 Cols=8 DoubleWeights=0,\
  ROWS=5 COLS=8 DOUBLE_WEIGHTS=0,-O1))
$(eval $(call gemm_bench,array_4x4f,tb_array,tb_array,Rows=4 Cols=4 Fold=1,\
  ROWS=4 COLS=4 FOLD=1,-O1))
$(eval $(call gemm_bench,array_8x6f,tb_array,tb_array,Rows=8 Cols=6 Fold=1,\
  ROWS=8 COLS=6 FOLD=1,-O1))
$(eval $(call gemm_bench,array_5x8wf,tb_array,tb_array,Rows=5 Cols=8 DoubleWeights=0 Fold=1,\
  ROWS=5 COLS=8 DOUBLE_WEIGHTS=0 FOLD=1,-O1))
$(eval $(call gemm_bench,gemm_4x4w,tb_gemm,wc_gemm,Rows=4 Cols=4 AccRows=64 GbufBytes=65536 \
  DoubleWeights=0 FastArray=0,ROWS=4 COLS=4 GBUF_BYTES=65536,-O1))
$(eval $(call gemm_bench,gemm_4x4,tb_gemm,wc_gemm,Rows=4 Cols=4 AccRows=64 GbufBytes=65536 \
  FastArray=0,ROWS=4 COLS=4 GBUF_BYTES=65536,-O1))
$(eval $(call gemm_bench,gemm_4x4f,tb_gemm,wc_gemm,Rows=4 Cols=4 AccRows=64 GbufBytes=65536 \
  Fold=1 FastArray=0,ROWS=4 COLS=4 GBUF_BYTES=65536 FOLD=1,-O1))
$(eval $(call gemm_bench,gemm_4x4wf,tb_gemm,wc_gemm,Rows=4 Cols=4 AccRows=64 GbufBytes=65536 \
  DoubleWeights=0 Fold=1 FastArray=0,ROWS=4 COLS=4 GBUF_BYTES=65536 FOLD=1,-O1))
$(eval $(call gemm_bench,gemm_6x10f,tb_gemm,wc_gemm,Rows=6 Cols=10 AccRows=32 GbufBytes=65536 \
  Fold=1,ROWS=6 COLS=10 GBUF_BYTES=65536 FOLD=1,-O1))
$(eval $(call gemm_bench,gemm_4x32f,tb_gemm,wc_gemm,Rows=4 Cols=32 AccRows=32 GbufBytes=65536 \
  LineBytes=64 Fold=1,ROWS=4 COLS=32 GBUF_BYTES=65536 LINE_BYTES=64 FOLD=1,-O1))
$(eval $(call gemm_bench,gemm_8x8f,tb_gemm,wc_gemm,Rows=8 Cols=8 AccRows=64 GbufBytes=131072 \
  Fold=1,ROWS=8 COLS=8 GBUF_BYTES=131072 FOLD=1,-O1))
$(eval $(call gemm_bench,gemm_16x16f,tb_gemm,wc_gemm,Rows=16 Cols=16 AccRows=256 \
  GbufBytes=524288 LineBytes=64 Fold=1,\
  ROWS=16 COLS=16 GBUF_BYTES=524288 LINE_BYTES=64 FOLD=1,-O3))
$(eval $(call gemm_bench,gemm_6x10,tb_gemm,wc_gemm,Rows=6 Cols=10 AccRows=32 GbufBytes=65536,\
  ROWS=6 COLS=10 GBUF_BYTES=65536,-O1))
$(eval $(call gemm_bench,gemm_8x8,tb_gemm,wc_gemm,Rows=8 Cols=8 AccRows=64 GbufBytes=131072,\
  ROWS=8 COLS=8 GBUF_BYTES=131072,-O1))
$(eval $(call gemm_bench,gemm_16x16,tb_gemm,wc_gemm,Rows=16 Cols=16 AccRows=256 GbufBytes=524288 \
  LineBytes=64,\
  ROWS=16 COLS=16 GBUF_BYTES=524288 LINE_BYTES=64,-O3))

.PHONY: test-gemm
test-gemm: $(GEMM_TESTS) ## the benches of array and GEMM unit
	@tests/run.sh $(GEMM_DIR)/logs $(GEMM_TESTS)
