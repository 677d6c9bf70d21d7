// bare: a static program that only ends, for places without a C library.
int main() {
  return 0;
}
