/* A serial port: raw bytes at 3 Mbaud, for one program at a time, no call without a time-out. */
#ifndef WC_UART_PORT_H
#define WC_UART_PORT_H

#include <stddef.h>
#include <stdint.h>

/* Opens and locks @path. Returns a file descriptor, or a negative wc_status with one line in @why
 * that says what is in the way: WC_ENODEV no such port or none at all, WC_EIO no permission,
 * WC_EBUSY another program has it. */
int wc_port_open(const char *path, char *why, size_t why_size);
void wc_port_close(int fd);

/* Sends all of it within @timeout_ms. WC_OK, WC_ETIMEDOUT, or WC_EIO when the port is gone. */
int wc_port_send(int fd, const uint8_t *bytes, size_t size, unsigned timeout_ms);

/* Receives 1 to @room bytes, *@size of them, as soon as there are any. Statuses as above. */
int wc_port_receive(int fd, uint8_t *bytes, size_t room, size_t *size, unsigned timeout_ms);

/* Forgets what has come in. */
void wc_port_flush(int fd);

#endif
