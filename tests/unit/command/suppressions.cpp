// libxlsxwriter 1.1.5 (Debian 12) keeps the formula of each list that a cell chooses from.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:lxw_strdup\n";
}
