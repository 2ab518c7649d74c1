# Test programs. A cmocka test is one file with its own main: tests/<part>/test_*.c.

TEST_CFLAGS = $(CFLAGS) -Itests/lib
TEST_LIB_SRC := $(wildcard tests/lib/*.c)
TEST_LIB_OBJ := $(TEST_LIB_SRC:%.c=$(BUILD)/obj/%.o)
CMOCKA_SRC := $(wildcard tests/cmodel/test_*.c tests/sw/test_*.c tests/driver/test_*.c)
CMOCKA_BIN := $(CMOCKA_SRC:tests/%.c=$(BUILD)/tests/%)

$(BUILD)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(TEST_LIB_OBJ) $(BUILD)/libwavecore.a $(BUILD)/libwcmodel.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

-include $(CMOCKA_SRC:%.c=$(BUILD)/obj/%.d) $(TEST_LIB_OBJ:.o=.d)

include $(wildcard tests/rtl/*/*.mk)
