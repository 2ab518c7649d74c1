/* How busy the array is and how fast it is simulated, on the Verilated `small` core: GEMMs,
 * training steps, and the convolutions of ResNet-50. Usage: bench_rtl [FILE.json] */
#include "measure.h"

int main(int argc, char **argv) {
  json_t *list = json_array();
  bench_gemms(list);
  bench_steps(list);
  bench_convolutions(list);
  if (argc > 1 && json_dump_file(list, argv[1], JSON_INDENT(2)) != 0)
    bench_die(argv[1], "cannot be written");
  json_decref(list);
  return 0;
}
