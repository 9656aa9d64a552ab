package audio

import (
	"errors"
	"fmt"
	"io"
)

// Source is a stream of sound. Read returns whole samples, and [io.EOF] at the end.
type Source interface {
	io.Reader
	Format() Format
}

// NewSource returns the sound of r, which holds bytes of format f without a header. An
// incomplete sample at the end is dropped.
func NewSource(r io.Reader, f Format) Source {
	return Convert(bare{r, f}, f)
}

// bare is a reader that may return parts of samples.
type bare struct {
	io.Reader
	format Format
}

func (b bare) Format() Format { return b.format }

// ErrFormat is returned for sound in a format that cannot be used. Errors that wrap it
// add the reason and what to do.
var ErrFormat = errors.New("audio: unsupported format")

// Convert returns src in another format, resampled where the rates differ: see
// [Converter]. It reads no more of src than it needs. Errors of src are returned after
// the sound before them.
func Convert(src Source, to Format) Source {
	return &converted{src: src, to: to, converter: NewConverter(src.Format(), to)}
}

// maxIdle is the number of reads without sound or error after which a source is broken.
const maxIdle = 100

type converted struct {
	src       Source
	to        Format
	converter *Converter
	raw       []byte // Scratch memory for reading.
	ready     []byte // Converted sound, of which read bytes are returned.
	read      int
	idle      int   // Reads in a row that returned nothing.
	err       error // Returned once ready is empty.
}

func (c *converted) Format() Format { return c.to }

// Read implements [io.Reader].
func (c *converted) Read(p []byte) (int, error) {
	if from := c.src.Format(); !from.Valid() || !c.to.Valid() {
		return 0, fmt.Errorf("%w: conversion from %v to %v; use a constant of this package, or PCM with a rate of 1000 to 768000", ErrFormat, from, c.to)
	}
	whole := len(p) - len(p)%c.to.SampleSize()
	if whole == 0 {
		if len(p) == 0 {
			return 0, nil
		}
		return 0, io.ErrShortBuffer
	}
	for c.read == len(c.ready) {
		if c.err != nil {
			return 0, c.err
		}
		c.fill()
	}
	n := copy(p[:whole], c.ready[c.read:])
	c.read += n
	return n, nil
}

// fill converts the next piece of the source.
func (c *converted) fill() {
	if c.raw == nil {
		c.raw = make([]byte, 2*block)
	}
	n, err := c.src.Read(c.raw)
	if n > 0 || err != nil {
		c.idle = 0
	} else if c.idle++; c.idle == maxIdle {
		err = io.ErrNoProgress
	}
	c.ready, c.read = c.converter.Append(c.ready[:0], c.raw[:n]), 0
	if err != nil {
		c.ready = c.converter.AppendRest(c.ready)
		c.err = err
	}
}
