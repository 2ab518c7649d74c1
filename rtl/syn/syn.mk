# Synthesis: area, timing and power of the PE and of arrays (docs/synthesis.md).
#
# CONFIG: pe, plain (a PE in the plain way, to compare with), arrays of ROWSxCOLS and one core
# (core, core:ROWSxCOLS), with commas.
LIBERTY ?= /usr/share/qflow/tech/osu018/osu018_stdcells.lib
CLOCK_NS ?= 6.3
CONFIG ?= pe,plain,4x4,8x8
SYNTH_OUT ?= $(BUILD)/synth
SYNTH_STEP := $(BUILD)/synth-step

.PHONY: synth prove-add test-synth
synth: $(SYNTH_STEP)/step/index.json ## area, timing, power on CONFIG=pe,plain,4x4,8x8 LIBERTY=FILE CLOCK_NS=6.3
	@.ci/deps.sh core
	@/usr/bin/python3 rtl/syn/synth.py --liberty "$(LIBERTY)" --clock "$(CLOCK_NS)" \
	  --config "$(CONFIG)" --step $(SYNTH_STEP)/step --out "$(SYNTH_OUT)"

# The 20th training step of four images: its operands run through the netlists.
$(SYNTH_STEP)/step/index.json: $(BUILD)/wavecore
	@mkdir -p $(SYNTH_STEP)
	@$(BUILD)/wavecore train fmnist-resnet8 --config baseline --batch 4 --steps 20 \
	  --device cmodel: --dump-step $(SYNTH_STEP) >$(SYNTH_STEP)/log 2>&1 || { cat $(SYNTH_STEP)/log; false; }

prove-add: ## the PE's adder equals IEEE addition, by SAT
	@rtl/formal/prove_add.sh $(BUILD)/formal

# Programs of `make test`: no tile runs there, which takes as long as all of them.
SYNTH_TESTS := "tests/syn/test_synth.sh $(BUILD)/tests/syn $(BUILD)/tests/rtl/gemm/array_4x4" \
               "tests/syn/test_core.py $(BUILD)/tests/core" tests/syn/test_scale.py \
               "tests/syn/test_power.py $(BUILD)/wavecore $(BUILD)/tests/power" \
               "tests/syn/test_prove_add.sh $(BUILD)/tests/formal"
test-synth: $(BUILD)/tests/rtl/gemm/array_4x4 $(BUILD)/wavecore ## the flow refuses what it must, and netlists run like their RTL
	@.ci/deps.sh core
	@tests/run.sh $(BUILD)/tests/syn-logs $(SYNTH_TESTS)

# Some minutes each.
.PHONY: synth-space synth-16x16
synth-space: $(SYNTH_STEP)/step/index.json ## the PE's design space: cuts and arithmetic by area, delay, energy
	@.ci/deps.sh core
	@/usr/bin/python3 rtl/syn/space.py $(SYNTH_STEP)/step $(BUILD)/synth-space "$(LIBERTY)"

synth-16x16: ## make synth with the 16 x 16 array too
	@$(MAKE) synth CONFIG=pe,plain,4x4,8x8,16x16
