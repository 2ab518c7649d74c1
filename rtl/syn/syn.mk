# Synthesis: area, timing and power of the PE and of arrays (docs/synthesis.md).
LIBERTY ?= /usr/share/qflow/tech/osu018/osu018_stdcells.lib
CLOCK_NS ?= 6.3
CONFIG ?= pe,4x4,8x8

.PHONY: synth prove-add test-synth
synth: ## area and timing on CONFIG=pe,4x4,8x8 LIBERTY=FILE CLOCK_NS=6.3: table and build/synth
	@.ci/deps.sh synth
	@/usr/bin/python3 rtl/syn/synth.py --liberty "$(LIBERTY)" --clock "$(CLOCK_NS)" \
	  --config "$(CONFIG)" --out "$(BUILD)/synth"

prove-add: ## the PE's adder equals IEEE addition, by SAT
	@rtl/formal/prove_add.sh $(BUILD)/formal

test-synth: ## the flow refuses what it must, and the PE's netlist runs like its RTL
	@.ci/deps.sh synth
	@tests/syn/test_synth.sh $(BUILD)/tests/syn
