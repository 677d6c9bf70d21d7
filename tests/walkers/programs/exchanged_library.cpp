// A function that calls back, with a frame of FRAME_BYTES. Its code has the same layout whatever
// the size is, so that it returns to the same address.
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

asm(R"(
  .text
  .globl exchanged_through
  .type exchanged_through, @function
exchanged_through:
  .cfi_startproc
  subq $)" TEXT(FRAME_BYTES) R"(, %rsp
  .cfi_adjust_cfa_offset )" TEXT(FRAME_BYTES) R"(
  call *%rdi
  addq $)" TEXT(FRAME_BYTES) R"(, %rsp
  .cfi_adjust_cfa_offset -)" TEXT(FRAME_BYTES) R"(
  ret
  .cfi_endproc
  .size exchanged_through, . - exchanged_through
)");
