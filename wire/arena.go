package wire

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

const (
	// smallFrame is the size in bytes up to which a document is copied once, as one
	// string that all its decoded strings share. In a larger document one retained id
	// would keep too much memory alive.
	smallFrame = 4 << 10
	// firstChunk is large enough for the ids of one audio delta.
	firstChunk = 128
	laterChunk = 1 << 10
	// maxInArena is the length up to which strings share a chunk.
	maxInArena = 256

	// internSlots is the number of strings that a Strings remembers, maxInterned their
	// maximum length.
	internSlots = 32
	maxInterned = 64
	stringChunk = 512

	// bytesPerOptional is an estimate of the distance between two optional strings of a
	// document, maxOptional the maximum number of them in one allocation.
	bytesPerOptional = 192
	maxOptional      = 8
)

// Strings reduces the allocations for the strings of many documents: it returns the
// same string for recently seen text, and packs short new strings into shared chunks.
// In a session many events name the same response and item.
//
// A retained string keeps its chunk of 512 bytes alive. The zero value is ready to use
// and allocates nothing until the first string. A Strings must not be copied after
// first use, nor used by two Decoders at the same time.
type Strings struct {
	arena arena
	seen  *[internSlots]string
}

func (s *Strings) get(b []byte, novel bool) string {
	if novel || len(b) == 0 || len(b) > maxInterned {
		return s.arena.add(b, stringChunk)
	}
	if s.seen == nil {
		s.seen = new([internSlots]string)
	}
	slot := &s.seen[hash(b)]
	if *slot != string(b) {
		*slot = s.arena.add(b, stringChunk)
	}
	return *slot
}

// hash maps a string to a slot by its length and its first and last eight bytes. On a
// collision the older string is forgotten.
func hash(b []byte) uint64 {
	var h uint64
	if n := len(b); n >= 8 {
		h = binary.LittleEndian.Uint64(b) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(b[n-8:]), 23)
	} else {
		for _, c := range b {
			h = h<<8 | uint64(c)
		}
	}
	h = (h ^ uint64(len(b))) * 0x9e3779b97f4a7c15
	h = (h ^ h>>32) * 0x9e3779b97f4a7c15
	return h >> (64 - 5)
}

// arena packs strings into chunks. The builder only appends within its capacity, so
// strings that it has returned do not change.
type arena struct {
	chunk strings.Builder
}

func (a *arena) add(b []byte, size int) string {
	switch {
	case len(b) == 0:
		return ""
	case len(b) > maxInArena:
		return string(b)
	case a.chunk.Cap()-a.chunk.Len() < len(b):
		a.chunk.Reset()
		a.chunk.Grow(max(size, len(b)))
	}
	start := a.chunk.Len()
	a.chunk.Write(b)
	return a.chunk.String()[start:]
}
