// Device memory behind TLM-2.0: a loosely timed target, and the initiator that reaches it.
#ifndef WC_SIM_TLM_MEMORY_H
#define WC_SIM_TLM_MEMORY_H

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <systemc>
#include <tlm>

#include "memory.h"

namespace wcsim {

// Target: byte-addressed memory, byte enables honoured. Time is kept by the AXI side.
class TlmMemory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<TlmMemory> socket;

  TlmMemory(sc_core::sc_module_name name, uint64_t bytes)
      : sc_module(name), socket("socket"), memory_(bytes) {
    socket.register_b_transport(this, &TlmMemory::transport);
  }

  Memory &memory() {
    return memory_;
  }

 private:
  static tlm::tlm_response_status status_of(Resp resp) {
    if (resp == kOkay)
      return tlm::TLM_OK_RESPONSE;
    return resp == kDecerr ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE;
  }

  void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &) {
    const unsigned size = payload.get_data_length();
    uint64_t strobe = ~UINT64_C(0) >> (64 - size);
    if (const unsigned char *enable = payload.get_byte_enable_ptr()) {
      for (unsigned i = 0; i < size; i++) {
        if (enable[i % payload.get_byte_enable_length()] == TLM_BYTE_DISABLED)
          strobe &= ~(UINT64_C(1) << i);
      }
    }
    const Resp resp =
        payload.is_read()
            ? memory_.read(payload.get_address(), payload.get_data_ptr(), size)
            : memory_.write(payload.get_address(), payload.get_data_ptr(), strobe, size);
    payload.set_response_status(status_of(resp));
  }

  Memory memory_;
};

// Initiator with the interface of Memory, so that AxiMemory can stand in front of it.
class TlmPort : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<TlmPort> socket;

  explicit TlmPort(sc_core::sc_module_name name) : sc_module(name), socket("socket") {}

  Resp read(uint64_t at, void *data, unsigned size) {
    return call(tlm::TLM_READ_COMMAND, at, static_cast<unsigned char *>(data), size, nullptr);
  }

  // Writes the bytes whose bit in @strobe is set; @size at most 64.
  Resp write(uint64_t at, const uint8_t *data, uint64_t strobe, unsigned size) {
    unsigned char enable[64];
    for (unsigned i = 0; i < size; i++)
      enable[i] = strobe >> i & 1 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
    return call(tlm::TLM_WRITE_COMMAND, at, const_cast<unsigned char *>(data), size, enable);
  }

 private:
  Resp call(tlm::tlm_command command, uint64_t at, unsigned char *data, unsigned size,
            unsigned char *enable) {
    tlm::tlm_generic_payload payload;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    payload.set_command(command);
    payload.set_address(at);
    payload.set_data_ptr(data);
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    payload.set_byte_enable_ptr(enable);
    payload.set_byte_enable_length(enable == nullptr ? 0 : size);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    socket->b_transport(payload, delay);
    if (payload.is_response_ok())
      return kOkay;
    return payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE ? kDecerr : kSlverr;
  }
};

}  // namespace wcsim

#endif
