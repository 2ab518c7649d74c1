#include "uart_port.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "internal.h"

static int refuse_open(const char *path, int error, char *why, size_t why_size) {
  switch (error) {
    case EACCES:
    case EPERM:
      wc_explain(why, why_size,
                 "%s: no permission: join its group (dialout), or put into "
                 "/etc/udev/rules.d/99-ulx3s.rules: SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"0403\", "
                 "ATTRS{idProduct}==\"6015\", TAG+=\"uaccess\", MODE=\"0660\"",
                 path);
      return WC_EIO;
    case EBUSY:
      wc_explain(why, why_size, "%s: another program has it open", path);
      return WC_EBUSY;
    default:
      wc_explain(why, why_size, "%s: %s", path, strerror(error));
      return WC_ENODEV;
  }
}

/* 8 data bits, no parity, one stop bit, nothing translated, no flow control. */
static int configure(int fd) {
  struct termios t;
  if (tcgetattr(fd, &t) != 0)
    return -1;
  cfmakeraw(&t);
  t.c_cflag |= CLOCAL | CREAD;
  t.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
  t.c_cc[VMIN] = 0;
  t.c_cc[VTIME] = 0;
  if (cfsetspeed(&t, B3000000) != 0 || tcsetattr(fd, TCSANOW, &t) != 0)
    return -1;
  return tcflush(fd, TCIOFLUSH);
}

int wc_port_open(const char *path, char *why, size_t why_size) {
  const int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return refuse_open(path, errno, why, why_size);
  int status = WC_OK;
  if (!isatty(fd)) {
    wc_explain(why, why_size, "%s is no serial port", path);
    status = WC_ENODEV;
  } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    status = refuse_open(path, EBUSY, why, why_size);
  } else if (ioctl(fd, TIOCEXCL) != 0 || configure(fd) != 0) {
    wc_explain(why, why_size, "%s cannot be set to 3 Mbaud: %s", path, strerror(errno));
    status = WC_ENODEV;
  }
  if (status == WC_OK)
    return fd;
  close(fd);
  return status;
}

void wc_port_close(int fd) {
  ioctl(fd, TIOCNXCL);
  flock(fd, LOCK_UN);
  close(fd);
}

/* Waits for @events; the port going away is WC_EIO. */
static int wait_for(int fd, short events, uint64_t end) {
  for (;;) {
    const uint64_t now = wc_now_ms();
    struct pollfd p = {fd, events, 0};
    const int n = poll(&p, 1, now < end ? (int)(end - now) : 0);
    if (n > 0)
      return (p.revents & events) != 0 ? WC_OK : WC_EIO;
    if (n < 0 && errno != EINTR)
      return WC_EIO;
    if (n == 0)
      return WC_ETIMEDOUT;
  }
}

int wc_port_send(int fd, const uint8_t *bytes, size_t size, unsigned timeout_ms) {
  const uint64_t end = wc_now_ms() + timeout_ms;
  while (size > 0) {
    const int status = wait_for(fd, POLLOUT, end);
    if (status != WC_OK)
      return status;
    const ssize_t n = write(fd, bytes, size);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return WC_EIO;
    if (n > 0) {
      bytes += n;
      size -= (size_t)n;
    }
  }
  return WC_OK;
}

int wc_port_receive(int fd, uint8_t *bytes, size_t room, size_t *size, unsigned timeout_ms) {
  const uint64_t end = wc_now_ms() + timeout_ms;
  for (;;) {
    const int status = wait_for(fd, POLLIN, end);
    if (status != WC_OK)
      return status;
    const ssize_t n = read(fd, bytes, room);
    if (n > 0) {
      *size = (size_t)n;
      return WC_OK;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
      return WC_EIO;
  }
}

void wc_port_flush(int fd) {
  tcflush(fd, TCIFLUSH);
}
