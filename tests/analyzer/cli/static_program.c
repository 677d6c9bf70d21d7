/* Nothing to preload into. */
int main(void) {
  return 0;
}
