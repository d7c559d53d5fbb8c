#include "base/version.h"

namespace tsunagu {

std::string_view version() {
  return TSUNAGU_VERSION;
}
std::string_view commit() {
  return TSUNAGU_COMMIT;
}

}  // namespace tsunagu
