/* A program on a device: its streams in place, regions by name, sections to run. */
#ifndef WC_SESSION_H
#define WC_SESSION_H

#include "outcome.h"
#include "program.h"
#include "wavecore.h"
#include "wc_model.h"

struct wc_session {
  struct wc_device *dev;            /* borrowed */
  const struct wc_program *program; /* borrowed */
  const char *device_name;          /* borrowed; for messages */
  const char *state_file;           /* NULL, or where a state dump goes when a run fails */
  unsigned timeout_ms;              /* of one section */
  bool in_place[WC_SECTIONS];       /* its streams are in device memory */
};

/* Opens @uri. WC_BAD_INPUT: the URI makes no sense; WC_DEVICE_ERROR: everything else. */
enum wc_outcome wc_session_device(const char *uri, struct wc_device **dev, struct wc_report *why);

/* What the compiler needs to know of a device, of whose buffers @gbuf_bytes and of whose cores
 * @cores are to be used. */
struct wc_target wc_session_target(const struct wc_caps *caps, uint64_t gbuf_bytes, uint32_t cores);

/* A device as the cycle model sees it: all that it says of itself. */
struct wc_model_config wc_session_model(const struct wc_caps *caps);

/* Checks that the program fits the device and clears the memory it uses. The streams of a section
 * are written when it starts for the first time: many a run needs only some, and the way to a
 * board is slow. The other fields of @session are set before. */
enum wc_outcome wc_session_load(struct wc_session *session, struct wc_report *why);

/* Starts a section on all its cores, waits for the end of all. */
enum wc_outcome wc_session_start(struct wc_session *session, enum wc_section_kind kind,
                                 struct wc_report *why);
enum wc_outcome wc_session_finish(struct wc_session *session, enum wc_section_kind kind,
                                  struct wc_report *why);
enum wc_outcome wc_session_run(struct wc_session *session, enum wc_section_kind kind,
                               struct wc_report *why);

/* Bytes of a region from its start on. */
enum wc_outcome wc_session_write(struct wc_session *session, const struct wc_region *region,
                                 const void *data, size_t bytes, struct wc_report *why);
enum wc_outcome wc_session_read(struct wc_session *session, const struct wc_region *region,
                                void *data, size_t bytes, struct wc_report *why);

enum wc_outcome wc_session_counters(struct wc_session *session, struct wc_counters *counters,
                                    struct wc_report *why);

#endif
