//go:build !purego

#include "textflag.h"

// Three bytes a, b, c become the four bytes b, a, c, b. Read as a little-endian number,
// these hold the six bits of each character next to each other.
DATA spread<>+0x00(SB)/8, $0x0405030401020001
DATA spread<>+0x08(SB)/8, $0x0a0b090a07080607
DATA spread<>+0x10(SB)/8, $0x10110f100d0e0c0d
DATA spread<>+0x18(SB)/8, $0x1617151613141213
DATA spread<>+0x20(SB)/8, $0x1c1d1b1c191a1819
DATA spread<>+0x28(SB)/8, $0x222321221f201e1f
DATA spread<>+0x30(SB)/8, $0x2829272825262425
DATA spread<>+0x38(SB)/8, $0x2e2f2d2e2b2c2a2b
GLOBL spread<>(SB), NOPTR|RODATA, $64

// Bit offsets of the characters within eight such bytes: 10, 4, 22, 16, and the same
// plus 32.
DATA lowest<>+0x00(SB)/8, $0x3036242a1016040a
GLOBL lowest<>(SB), NOPTR|RODATA, $8

DATA alphabet<>+0x00(SB)/8, $"ABCDEFGH"
DATA alphabet<>+0x08(SB)/8, $"IJKLMNOP"
DATA alphabet<>+0x10(SB)/8, $"QRSTUVWX"
DATA alphabet<>+0x18(SB)/8, $"YZabcdef"
DATA alphabet<>+0x20(SB)/8, $"ghijklmn"
DATA alphabet<>+0x28(SB)/8, $"opqrstuv"
DATA alphabet<>+0x30(SB)/8, $"wxyz0123"
DATA alphabet<>+0x38(SB)/8, $"456789+/"
GLOBL alphabet<>(SB), NOPTR|RODATA, $64

// ENCODE turns the bytes of Z3 into characters. VPERMB uses only the low six bits of an
// index.
#define ENCODE \
	VPERMB         Z3, Z0, Z3; \
	VPMULTISHIFTQB Z3, Z1, Z3; \
	VPERMB         Z2, Z3, Z3

// func encodeWide(dst, src []byte)
TEXT ·encodeWide(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ src_len+32(FP), CX

	VMOVDQU64    spread<>(SB), Z0
	VPBROADCASTQ lowest<>(SB), Z1
	VMOVDQU64    alphabet<>(SB), Z2

	MOVQ  $0x0000ffffffffffff, AX
	KMOVQ AX, K1
	SUBQ  $48, CX
	JB    rest

block:
	// Turn 48 bytes into 64 characters. The mask suppresses reads beyond them.
	VMOVDQU8.Z (SI), K1, Z3
	ENCODE
	VMOVDQU64  Z3, (DI)
	ADDQ       $48, SI
	ADDQ       $64, DI
	SUBQ       $48, CX
	JAE        block

rest:
	ADDQ $48, CX
	JZ   done

	// Turn the last n < 48 bytes into (4n+2)/3 characters.
	MOVQ       $1, AX
	SHLQ       CX, AX
	DECQ       AX
	KMOVQ      AX, K1
	LEAQ       2(CX*4), CX
	IMUL3Q     $0xaaab, CX, CX
	SHRQ       $17, CX
	MOVQ       $1, AX
	SHLQ       CX, AX
	DECQ       AX
	KMOVQ      AX, K2
	VMOVDQU8.Z (SI), K1, Z3
	ENCODE
	VMOVDQU8   Z3, K2, (DI)

done:
	VZEROUPPER
	RET
