package sound

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"slices"
	"time"
)

// Packed is compressed sound.
type Packed struct {
	Bits  int  // of a sample; 0 if no way of packing fits
	Mixed bool // Both tracks are one.
	Parts []Part
	Data  []byte // gzip of all parts, one after the other
}

// Part is a stretch of compressed sound. Its bytes follow those of the part before.
type Part struct {
	Track   Track
	At      time.Duration
	Samples int
	Bytes   int
}

// ways are the ways of packing, from the best to the smallest.
var ways = []struct {
	bits  int
	mixed bool
}{{4, false}, {4, true}, {3, true}, {2, true}}

// Pack compresses the clips in the best way whose data has at most limit bytes. If none
// has, the result has no parts.
func Pack(clips []Clip, limit int) (Packed, error) {
	if len(clips) == 0 {
		return Packed{}, nil
	}
	voiced := trim(clips)
	var mixed []Clip
	for _, way := range ways {
		these := voiced
		if way.mixed {
			if mixed == nil {
				mixed = mix(voiced)
			}
			these = mixed
		}
		if smallest(these, way.bits) > limit {
			continue
		}
		p, err := pack(these, way.bits)
		if err != nil {
			return Packed{}, err
		}
		if len(p.Data) <= limit {
			p.Mixed = way.mixed
			return p, nil
		}
	}
	return Packed{}, nil
}

// smallest returns a size in bytes below which no compression of codes is to be
// expected: codes of real sound keep more than half of their bits.
func smallest(clips []Clip, bits int) int {
	n := 0
	for _, c := range clips {
		n += len(c.Samples)
	}
	return n * bits / 16
}

func pack(clips []Clip, bits int) (Packed, error) {
	p := Packed{Bits: bits}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return p, err
	}
	var codes []byte
	for _, c := range clips {
		codes = appendCodes(codes[:0], c.Samples, bits)
		if _, err := z.Write(codes); err != nil {
			return p, err
		}
		p.Parts = append(p.Parts, Part{c.Track, c.At, len(c.Samples), len(codes)})
	}
	if err := z.Close(); err != nil {
		return p, err
	}
	p.Data = out.Bytes()
	return p, nil
}

// mix adds all clips to one track. Clips that touch or overlap become one.
func mix(clips []Clip) []Clip {
	sorted := slices.Clone(clips)
	slices.SortStableFunc(sorted, func(a, b Clip) int { return cmp.Compare(a.At, b.At) })
	var out []Clip
	for _, c := range sorted {
		last := len(out) - 1
		if last < 0 || c.At > out[last].At+Len(len(out[last].Samples)) {
			out = append(out, Clip{At: c.At, Samples: slices.Clone(c.Samples)})
			continue
		}
		to := &out[last]
		from := Samples(c.At - to.At)
		to.Samples = append(to.Samples, make([]int16, max(0, from+len(c.Samples)-len(to.Samples)))...)
		for i, s := range c.Samples {
			sum := int32(to.Samples[from+i]) + int32(s)
			to.Samples[from+i] = int16(min(max(sum, -32768), 32767))
		}
	}
	return out
}
