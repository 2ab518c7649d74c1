# What the driver's tests need beyond their own programs: plug-ins, and the random co-simulation.
FAKE_PLUGINS := $(addprefix $(BUILD)/tests/plugins/wcdev_fake_,good.so oldabi.so empty.so)
FAKE_FLAGS_oldabi := -DFAKE_ABI=7
FAKE_FLAGS_empty := -DFAKE_NO_ENTRY -Wno-unused-function

$(BUILD)/tests/plugins/wcdev_fake_%.so: tests/driver/fake_device.c driver/backend.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) $(FAKE_FLAGS_$*) -shared -o $@ $<

$(BUILD)/tests/driver/test_plugin: | $(FAKE_PLUGINS)

$(BUILD)/tests/driver/test_link: $(BUILD)/obj/tests/driver/fake_board.o

# Random commands on two devices: see tests/driver/random_cosim.c.
$(BUILD)/tests/random_cosim: $(BUILD)/tests/driver/random_cosim
	@cp $< $@

-include $(patsubst %,$(BUILD)/obj/tests/driver/%.d,fake_board random_cosim cycles_cosim chain_cosim)
