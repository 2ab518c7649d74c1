/* A board behind a pty: the link's protocol in C, and ways to lose or delay what it says.
 *
 * Written from docs/bringup.md; only the frames are the driver's own code. */
#ifndef WC_FAKE_BOARD_H
#define WC_FAKE_BOARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { FAKE_MEMORY = 1 << 18, FAKE_OPS = 9 };

struct fake_board {
  /* Set before fake_board_start, which is given the rest as zeros. */
  uint32_t version;               /* of the board interface */
  uint8_t victim;                 /* an operation, of whose requests, counted from 1: */
  unsigned lose_request;          /* this one never comes, */
  unsigned lose_answer;           /* the answer to this one never leaves, */
  unsigned slow_from, slow_until; /* and these wait for */
  unsigned delay_ms;              /* so long before they are executed */
  /* To look at once it has stopped. */
  uint8_t memory[FAKE_MEMORY];
  unsigned executed[FAKE_OPS]; /* requests, by operation; repeats included */
  uint64_t received;           /* bytes */

  char path[64];
  int master, slave; /* the slave is held, so that a closing host is no hang-up */
  atomic_bool stop;
  uint8_t expected;
  unsigned seen; /* requests of the victim */
  pthread_t thread;
};

void fake_board_start(struct fake_board *b);
void fake_board_stop(struct fake_board *b);

#endif
