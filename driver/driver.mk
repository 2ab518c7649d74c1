# The driver: DRIVER_OBJ, archived into build/libwavecore.a by sw/sw.mk.
DRIVER_SRC := $(wildcard driver/*.c)
DRIVER_OBJ := $(DRIVER_SRC:%.c=$(BUILD)/obj/%.o)

$(BUILD)/obj/driver/%.o: driver/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

-include $(DRIVER_OBJ:.o=.d)

include tests/driver/driver_tests.mk
