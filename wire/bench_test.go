package wire

import (
	"bytes"
	stdbase64 "encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	decbase64 "github.com/segmentio/asm/base64"
	"github.com/stretchr/testify/require"
)

// audioDelta is the most frequent event, and the largest.
type audioDelta struct {
	EventID      string
	ResponseID   string
	ItemID       string
	OutputIndex  int
	ContentIndex int
	Delta        []byte
	Extra        Extra
}

func (x *audioDelta) decode(d *Decoder) {
	*x = audioDelta{}
	o := Object{Required: 0b1111111}
	for name := d.Next(&o, &x.Extra); name != nil; name = d.Next(&o, &x.Extra) {
		switch string(name) {
		case "type":
			o.Field = 1
			d.Type(&x.Extra, "response.output_audio.delta", "response.audio.delta")
		case "event_id":
			o.Field = 2
			x.EventID = d.String()
		case "response_id":
			o.Field = 3
			x.ResponseID = d.String()
		case "item_id":
			o.Field = 4
			x.ItemID = d.String()
		case "output_index":
			o.Field = 5
			x.OutputIndex = d.Int()
		case "content_index":
			o.Field = 6
			x.ContentIndex = d.Int()
		case "delta":
			o.Field = 7
			x.Delta = d.Base64(nil)
		}
	}
}

func (x *audioDelta) encode(e *Encoder) {
	e.BeginConst(&x.Extra, `{"type":"response.output_audio.delta"`)
	if e.RequiredField(&x.Extra, 2, x.EventID == "", `,"event_id":`) {
		e.String(x.EventID)
	}
	if e.RequiredField(&x.Extra, 7, x.Delta == nil, `,"delta":`) {
		e.Base64(x.Delta)
	}
	e.End(&x.Extra)
}

func audioFrame(size, n int) []byte {
	pcm := make([]byte, size)
	for i := range pcm {
		pcm[i] = byte(i * 31)
	}
	return fmt.Appendf(nil, `{"type":"response.output_audio.delta","event_id":"event_BoK3uUdYzGxq%06d","response_id":"resp_BoK3uwzqXnWb2gxu3TzUd",`+
		`"item_id":"item_BoK3u2UMtrqbh8nFyv6LW","output_index":0,"content_index":0,"delta":"%s"}`, n, stdbase64.StdEncoding.EncodeToString(pcm))
}

func textFrame(n int) []byte {
	return fmt.Appendf(nil, `{"type":"response.output_text.delta","event_id":"event_BoK3uUdYzGxq%06d","response_id":"resp_BoK3uwzqXnWb2gxu3TzUd",`+
		`"item_id":"item_BoK3u2UMtrqbh8nFyv6LW","output_index":0,"content_index":0,"delta":" certainly"}`, n)
}

// isType stands in for the lookup of an event's Go type.
func isType(d *Decoder, name string) bool { return string(d.Peek("type")) == name }

var sizes = []int{960, 4096, 8192, 16384}

// BenchmarkFloor copies the frame and decodes its base64 text, the least work of any
// decoder.
func BenchmarkFloor(b *testing.B) {
	for _, size := range sizes {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			frame := audioFrame(size, 0)
			frameCopy := make([]byte, len(frame))
			start := bytes.Index(frame, []byte(`"delta":"`)) + len(`"delta":"`)
			text, out := frame[start:len(frame)-2], make([]byte, size+8)
			b.SetBytes(int64(len(frame)))
			for b.Loop() {
				copy(frameCopy, frame)
				if _, err := decbase64.StdEncoding.Decode(out, text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAudioReused(b *testing.B) {
	for _, size := range sizes {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			frame := audioFrame(size, 0)
			var x audioDelta
			var shared Strings
			buf := make([]byte, 0, size+8)
			b.SetBytes(int64(len(frame)))
			b.ReportAllocs()
			for b.Loop() {
				d := NewDecoder(frame)
				d.UseStrings(&shared)
				d.UseBuffer(buf)
				if !isType(&d, "response.output_audio.delta") {
					b.Fatal("wrong type")
				}
				x.decode(&d)
				if d.End() != nil {
					b.Fatal(d.Err())
				}
			}
		})
	}
}

func BenchmarkAudioFresh(b *testing.B) {
	for _, size := range sizes {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			frame := audioFrame(size, 0)
			b.SetBytes(int64(len(frame)))
			b.ReportAllocs()
			for b.Loop() {
				d := NewDecoder(frame)
				if !isType(&d, "response.output_audio.delta") {
					b.Fatal("wrong type")
				}
				x := new(audioDelta)
				x.decode(&d)
				if d.End() != nil {
					b.Fatal(d.Err())
				}
				sink = x
			}
		})
	}
}

var sink any

func BenchmarkTextDelta(b *testing.B) {
	frame := textFrame(0)
	b.Run("wire", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d := NewDecoder(frame)
			x := new(textDelta)
			x.decode(&d)
			if d.End() != nil {
				b.Fatal(d.Err())
			}
			sink = x
		}
	})
	b.Run("wire-session", func(b *testing.B) {
		var shared Strings
		b.ReportAllocs()
		for b.Loop() {
			d := NewDecoder(frame)
			d.UseStrings(&shared)
			x := new(textDelta)
			x.decode(&d)
			if d.End() != nil {
				b.Fatal(d.Err())
			}
			sink = x
		}
	})
	b.Run("encoding-json-two-pass", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var head struct {
				Type string `json:"type"`
			}
			x := new(plainTextDelta)
			if json.Unmarshal(frame, &head) != nil || json.Unmarshal(frame, x) != nil {
				b.Fatal("cannot decode")
			}
			sink = x
		}
	})
}

type plainTextDelta struct {
	Type         string `json:"type"`
	EventID      string `json:"event_id"`
	ResponseID   string `json:"response_id"`
	ItemID       string `json:"item_id"`
	OutputIndex  int    `json:"output_index"`
	ContentIndex int    `json:"content_index"`
	Delta        string `json:"delta"`
}

type textDelta struct {
	EventID      string
	ResponseID   string
	ItemID       string
	OutputIndex  int
	ContentIndex int
	Delta        string
	Extra        Extra
}

func (x *textDelta) decode(d *Decoder) {
	*x = textDelta{}
	o := Object{Required: 0b1111111}
	for name := d.Next(&o, &x.Extra); name != nil; name = d.Next(&o, &x.Extra) {
		switch string(name) {
		case "type":
			o.Field = 1
			d.Type(&x.Extra, "response.output_text.delta", "response.text.delta")
		case "event_id":
			o.Field = 2
			x.EventID = d.String()
		case "response_id":
			o.Field = 3
			x.ResponseID = d.String()
		case "item_id":
			o.Field = 4
			x.ItemID = d.String()
		case "output_index":
			o.Field = 5
			x.OutputIndex = d.Int()
		case "content_index":
			o.Field = 6
			x.ContentIndex = d.Int()
		case "delta":
			o.Field = 7
			x.Delta = d.String()
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{160, 960, 4800} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			x := audioDelta{EventID: "event_1", Delta: make([]byte, size)}
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				e := NewEncoder(buf[:0])
				x.encode(&e)
				out, err := e.Bytes()
				if err != nil {
					b.Fatal(err)
				}
				buf = out
			}
		})
	}
}

// BenchmarkRaw compares stepping over a value with json.Valid.
func BenchmarkRaw(b *testing.B) {
	frame := []byte(sampleSeeds[2])
	b.Run("wire", func(b *testing.B) {
		b.SetBytes(int64(len(frame)))
		for b.Loop() {
			d := NewDecoder(frame)
			d.Skip()
			if d.End() != nil {
				b.Fatal(d.Err())
			}
		}
	})
	b.Run("json-valid", func(b *testing.B) {
		b.SetBytes(int64(len(frame)))
		for b.Loop() {
			if !json.Valid(frame) {
				b.Fatal("not valid")
			}
		}
	})
}

func TestAllocations(t *testing.T) {
	frames := make([][]byte, 64)
	texts := make([][]byte, len(frames))
	for i := range frames {
		frames[i], texts[i] = audioFrame(8192, i), textFrame(i)
	}
	var shared Strings
	var x audioDelta
	buf := make([]byte, 0, 8200)
	next := 0
	reused := testing.AllocsPerRun(1000, func() {
		next++
		d := NewDecoder(frames[next%len(frames)])
		d.UseStrings(&shared)
		d.UseBuffer(buf)
		x.decode(&d)
		if d.End() != nil {
			t.Error(d.Err())
		}
	})
	require.Zero(t, reused, "audio delta, reused")
	require.Len(t, x.Delta, 8192)

	fresh := testing.AllocsPerRun(1000, func() {
		next++
		d := NewDecoder(frames[next%len(frames)])
		x := new(audioDelta)
		x.decode(&d)
		sink = x
	})
	require.LessOrEqual(t, fresh, 3.0, "audio delta, fresh: the struct, the audio, the strings")

	text := testing.AllocsPerRun(1000, func() {
		next++
		d := NewDecoder(texts[next%len(texts)])
		x := new(textDelta)
		x.decode(&d)
		sink = x
	})
	require.LessOrEqual(t, text, 2.0, "text delta, fresh: the struct and the strings")

	out := make([]byte, 0, 16384)
	encoded := testing.AllocsPerRun(1000, func() {
		e := NewEncoder(out)
		x.encode(&e)
		if _, err := e.Bytes(); err != nil {
			t.Error(err)
		}
	})
	require.Zero(t, encoded, "encoding into a buffer")
}
