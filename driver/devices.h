/* Which devices this installation knows: for `wavecore probe`. */
#ifndef WC_DEVICES_H
#define WC_DEVICES_H

#include <stddef.h>
#include <stdint.h>

/* Calls @fn with the URI of every device that can be opened here: `cmodel:` and one for each
 * plug-in found, in order of directory and name. @where: the plug-in's file, or "built in". */
typedef void (*wc_device_list_fn)(void *arg, const char *uri, const char *where);
void wc_device_list(wc_device_list_fn fn, void *arg);

/* Calls @fn with `uart:PORT` for every serial port that a board may be on: /dev/ttyUSB* and
 * /dev/ttyACM*, and what WAVECORE_PORTS names (PORT[,timeout=MS]...[:PORT...]). */
typedef void (*wc_port_list_fn)(void *arg, const char *uri);
void wc_port_list(wc_port_list_fn fn, void *arg);

/* What a board's registers say it is. */
struct wc_board_id {
  uint32_t version, git, clock_hz, gbuf_bytes;
  uint32_t state; /* WC_B_STATE */
  uint32_t board; /* WC_B_BOARD */
  unsigned rows, cols;
};

/* Asks the board at @args, a device's URI after `uart:`, and changes nothing on it. Returns WC_OK,
 * or what wc_open would, with one line in @why. */
int wc_board_identify(const char *args, struct wc_board_id *id, char *why, size_t why_size);

/* Opens the link of a board that holds the smoke test alone. As wc_board_identify. */
struct wc_link;
int wc_smoke_open(const char *args, struct wc_link **link, char *why, size_t why_size);
void wc_smoke_close(struct wc_link *link);

struct wc_device;

/* The link to the board @dev, for tests of it; NULL for a device that is no board. */
struct wc_link *wc_device_link(struct wc_device *dev);

#endif
