# The SystemC platform: the same core as `sim:small`, as a SystemC module with a TLM-2.0 memory.
# `make systemc`. SystemC links only as C++17.
SC_DIR := $(BUILD)/sim/systemc_small
SC_OBJ := $(patsubst %,$(BUILD)/obj/systemc/%.o,platform systemc_device)

$(SC_DIR)/Vcore.mk: $(RTL_DEPS) sim/systemc/systemc.mk
	@mkdir -p $(@D)
	$(Q)SYSTEMC_INCLUDE=/usr/include SYSTEMC_LIBDIR=/usr/lib $(VERILATOR) --sc $(SIM_VFLAGS) --top-module wc_core \
	  $(addprefix -G,$(SIM_PARAMS_small)) --prefix Vcore --Mdir $(@D) $(RTL)

$(SC_DIR)/Vcore__ALL.a: $(SC_DIR)/Vcore.mk
	$(Q)$(MAKE) -s -C $(@D) -f Vcore.mk CXX=$(SIM_CXX) OPT_FAST="$(SIM_OPT)" \
	  OPT_GLOBAL="$(SIM_OPT)" OPT_SLOW=-O1 SYSTEMC_INCLUDE=/usr/include SYSTEMC_LIBDIR=/usr/lib \
	  CFG_CXXFLAGS_STD_NEWEST=-std=c++17 USER_CPPFLAGS="-fPIC -fvisibility=hidden -std=c++17" \
	  Vcore__ALL.a verilated.o verilated_threads.o >/dev/null

$(BUILD)/obj/systemc/%.o: sim/systemc/%.cpp $(SC_DIR)/Vcore.mk
	@mkdir -p $(@D)
	$(Q)$(SIM_CXX) $(SIM_CXXFLAGS) -isystem $(SIM_VINC) -isystem $(SIM_VINC)/vltstd -I$(SC_DIR) \
	  -Isim/systemc -c -o $@ $<

$(BUILD)/lib/wcdev_systemc_small.so: $(SC_OBJ) $(SIM_COMMON) $(SC_DIR)/Vcore__ALL.a
	@mkdir -p $(@D)
	$(Q)$(SIM_CXX) -shared -o $@ $(SC_OBJ) $(SIM_COMMON) $(SC_DIR)/Vcore__ALL.a \
	  $(SC_DIR)/verilated.o $(SC_DIR)/verilated_threads.o -lsystemc -lpthread -ldl -latomic \
	  -Wl,-Bsymbolic

-include $(SC_OBJ:.o=.d)

.PHONY: systemc
systemc: $(BUILD)/lib/wcdev_systemc_small.so ## build the SystemC platform
