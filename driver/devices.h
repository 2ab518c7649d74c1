/* Which devices this installation knows: for `wavecore probe`. */
#ifndef WC_DEVICES_H
#define WC_DEVICES_H

/* Calls @fn with the URI of every device that can be opened here: `cmodel:` and one for each
 * plug-in found, in order of directory and name. @where: the plug-in's file, or "built in". */
typedef void (*wc_device_list_fn)(void *arg, const char *uri, const char *where);
void wc_device_list(wc_device_list_fn fn, void *arg);

struct wc_device;
struct wc_link;

/* The link to the board @dev, for tests of it; NULL for a device that is no board. */
struct wc_link *wc_device_link(struct wc_device *dev);

#endif
