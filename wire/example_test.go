package wire_test

import (
	"fmt"

	"github.com/voicelane/realtime-go/wire"
)

// point is written in the form of generated code: "x" is required, "label" is optional.
type point struct {
	X     int
	Label *string
	Extra wire.Extra
}

func (p *point) decode(d *wire.Decoder) {
	*p = point{}
	o := wire.Object{Required: 0b1}
	for name := d.Next(&o, &p.Extra); name != nil; name = d.Next(&o, &p.Extra) {
		switch string(name) {
		case "x":
			o.Field = 1
			p.X = d.Int()
		case "label":
			o.Field = 2
			p.Label = wire.Opt(d, d.String())
		}
	}
}

func (p *point) encode(e *wire.Encoder) {
	e.Begin()
	if e.RequiredField(&p.Extra, 1, p.X == 0, `,"x":`) {
		e.Int(int64(p.X))
	}
	if p.Label != nil && e.Field(&p.Extra, `,"label":`) {
		e.String(*p.Label)
	}
	e.End(&p.Extra)
}

// A decoded value keeps unknown members and members that do not fit, and writes them
// back.
func ExampleDecoder() {
	d := wire.NewDecoder([]byte(`{"x": 3, "y": [4], "label": null}`))
	var p point
	p.decode(&d)
	if err := d.End(); err != nil {
		fmt.Println(err)
		return
	}
	for name, raw := range p.Extra.All() {
		fmt.Printf("%s is kept: %s\n", name, raw)
	}
	p.X = 5
	e := wire.NewEncoder(nil)
	p.encode(&e)
	out, err := e.Bytes()
	fmt.Println(string(out), err)
	// Output:
	// label is kept: null
	// y is kept: [4]
	// {"x":5,"label":null,"y":[4]} <nil>
}

// An error gives the place of the fault and quotes nothing of the document.
func ExampleDecodeError() {
	d := wire.NewDecoder([]byte(`{"type":"response.done","response":{"output":["secret", nil]}}`))
	d.Skip()
	fmt.Println(d.End())
	// Output:
	// decode response.done: response.output[1]: invalid character in literal at byte 57
}
