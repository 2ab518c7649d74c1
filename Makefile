# WaveCore. `make help` lists the targets; everything is built into $(BUILD).
#
#   SAN=1     address and undefined-behaviour sanitizers (C and C++; builds into build-san)
#   V=1       show the commands

SAN ?= 0
ifeq ($(SAN),1)
BUILD ?= build/san
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else
BUILD ?= build
SANFLAGS :=
endif

CC := gcc
CXX := g++
OPT ?= -O2
WARN := -Wall -Wextra -Wconversion -Werror
# -ffp-contract=off: the models' arithmetic is exactly what their source says.
CFLAGS = -std=c11 -D_GNU_SOURCE $(OPT) -g $(WARN) -ffp-contract=off -fPIC -MMD -MP $(SANFLAGS) \
         -Icmodel -Idriver -Isw
LDLIBS = -ljansson -ljpeg -lz -lm -lpthread -ldl

ifeq ($(V),1)
Q :=
else
Q := @
MAKEFLAGS += --no-print-directory
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

include cmodel/cmodel.mk
include driver/driver.mk
include sw/sw.mk
include sim/sim.mk
include fpga/fpga.mk
include rtl/syn/syn.mk
include tests/tests.mk

.PHONY: all help deps sim isa demo test lint bench soak oracle clean

all: $(BUILD)/wavecore sim systemc ## build the command, the libraries and the simulators

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort -u | \
	  awk -F'\t' '{ printf "  %-16s %s\n", $$1, $$2 }'

deps: ## install the Debian packages that building, demo and tests need
	@.ci/deps.sh core

demo: deps ## train on Fashion-MNIST, then one step on the RTL compared byte by byte
	@$(MAKE) -j2 $(BUILD)/wavecore $(BUILD)/lib/wcdev_sim_small.so
	@tests/demo.sh $(BUILD)

test: deps ## everything: build, lint, unit, command, stream and network tests
	@$(MAKE) -j2 all test-programs
	@$(MAKE) run-tests

isa: $(BUILD)/wc_isa_gen ## regenerate rtl/wc_isa_pkg.sv and the tables in docs from wc_isa.def
	@tests/isa/generated.sh write $<

clean: ## remove everything that was built
	rm -rf build
