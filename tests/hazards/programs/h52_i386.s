# h52_i386: a 32-bit program, for machines with the 32-bit loader but no compiler for it. It prints a line and returns 7.
	.globl	_start
_start:
	movl	$4, %eax
	movl	$1, %ebx
	movl	$line, %ecx
	movl	$10, %edx
	int	$0x80
	movl	$1, %eax
	movl	$7, %ebx
	int	$0x80
line:
	.ascii	"here I am\n"
	.section .note.GNU-stack, "", @progbits
