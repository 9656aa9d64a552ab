package wire

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

const (
	// smallFrame is the size up to which a document is copied once, as one
	// string that all decoded strings share. In a larger one a kept id would
	// hold on to too much.
	smallFrame = 4 << 10
	// firstChunk holds the ids of one audio delta.
	firstChunk = 128
	laterChunk = 1 << 10
	// maxInArena is the length up to which strings share a chunk.
	maxInArena = 256

	// internSlots bounds the strings that Strings remembers, maxInterned their
	// length.
	internSlots = 32
	maxInterned = 64
	stringChunk = 512

	// bytesPerOptional is how far apart the optional strings of a document are,
	// as a guess, maxOptional how many of them share memory.
	bytesPerOptional = 192
	maxOptional      = 8
)

// Strings makes the strings of many documents cheap: it hands out a string it
// has seen lately again, and packs new short ones into shared chunks. A session
// has many events that name the same response and item.
//
// A string that is kept holds on to its chunk of 512 bytes. The zero value is
// ready to use and takes no memory until the first string. A Strings must not
// be copied after first use, nor used by two Decoders at the same time.
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

// hash spreads short strings over the slots by their length and their first
// and last eight bytes. A collision costs no more than a forgotten string.
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

// arena packs strings into chunks. The builder only ever appends within its
// capacity, so what it has handed out stays as it is.
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

// UseStrings makes d take its strings from s, which lives as long as a session.
func (d *Decoder) UseStrings(s *Strings) { d.strings = s }

// keep returns a stretch of the document as a string.
func (d *Decoder) keep(start, end int) string {
	if d.strings != nil || len(d.data) > smallFrame {
		return d.store(d.data[start:end])
	}
	if d.text == "" {
		d.text = string(d.data)
	}
	return d.text[start:end]
}

// store returns a copy of b.
func (d *Decoder) store(b []byte) string {
	if d.strings != nil {
		return d.strings.get(b, d.flags&flagNovel != 0)
	}
	size := laterChunk
	if d.arena.chunk.Cap() == 0 {
		size = firstChunk
	}
	return d.arena.add(b, size)
}
