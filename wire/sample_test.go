package wire

import "encoding/json"

// The types of this file have the form of generated code, with one field of each kind.

type sample struct {
	ID      string
	Delta   []byte
	Count   *int
	Big     *int64
	Gain    *float64
	On      *bool
	Note    Nullable[string]
	Tags    []string
	Chunks  [][]byte
	Meta    map[string]string
	Weights map[string]float64
	Inner   *sample
	Shape   shape
	Shapes  []shape
	Free    json.RawMessage
	Extra   Extra
}

func (x *sample) decode(d *Decoder) {
	*x = sample{}
	o := Object{Required: 0b11}
	for name := d.Next(&o, &x.Extra); name != nil; name = d.Next(&o, &x.Extra) {
		switch string(name) {
		case "type":
			o.Field = 1
			d.Type(&x.Extra, "sample", "old.sample", "older.sample")
		case "id":
			o.Field = 2
			x.ID = d.String()
		case "delta":
			o.Field = 3
			x.Delta = d.Base64(nil)
		case "count":
			o.Field = 4
			x.Count = Opt(d, d.Int())
		case "big":
			o.Field = 5
			x.Big = Opt(d, d.Int64())
		case "gain":
			o.Field = 6
			x.Gain = Opt(d, d.Float64())
		case "on":
			o.Field = 7
			x.On = Opt(d, d.Bool())
		case "note":
			o.Field = 8
			if d.Null() {
				x.Note = NullOf[string]()
			} else {
				x.Note = Val(d, d.String())
			}
		case "tags":
			o.Field = 9
			x.Tags = []string{}
			var a Array
			for d.Elem(&a) {
				x.Tags = append(x.Tags, d.String())
			}
		case "chunks":
			o.Field = 10
			x.Chunks = [][]byte{}
			var a Array
			for d.Elem(&a) {
				x.Chunks = append(x.Chunks, d.Base64(nil))
			}
		default:
			x.decodeMore(d, &o, name)
		}
	}
}

func (x *sample) decodeMore(d *Decoder, o *Object, name []byte) {
	switch string(name) {
	case "meta":
		o.Field = 11
		x.Meta = map[string]string{}
		var m Map
		for d.Entry(&m) {
			x.Meta[m.Key()] = d.String()
		}
	case "weights":
		o.Field = 12
		x.Weights = map[string]float64{}
		var m Map
		for d.Entry(&m) {
			x.Weights[m.Key()] = d.Float64()
		}
	case "inner":
		o.Field = 13
		x.Inner = new(sample)
		x.Inner.decode(d)
	case "shape":
		o.Field = 14
		x.Shape = decodeShape(d)
	case "shapes":
		o.Field = 15
		x.Shapes = []shape{}
		var a Array
		for d.Elem(&a) {
			x.Shapes = append(x.Shapes, decodeShape(d))
		}
	case "free":
		o.Field = 16
		x.Free = d.Raw()
	}
}

func (x *sample) encode(e *Encoder) {
	e.BeginConst(&x.Extra, `{"type":"sample"`)
	if e.RequiredField(&x.Extra, 2, x.ID == "", `,"id":`) {
		e.String(x.ID)
	}
	if x.Delta != nil && e.Field(&x.Extra, `,"delta":`) {
		e.Base64(x.Delta)
	}
	if x.Count != nil && e.Field(&x.Extra, `,"count":`) {
		e.Int(int64(*x.Count))
	}
	if x.Big != nil && e.Field(&x.Extra, `,"big":`) {
		e.Int(*x.Big)
	}
	if x.Gain != nil && e.Field(&x.Extra, `,"gain":`) {
		e.Float64(*x.Gain)
	}
	if x.On != nil && e.Field(&x.Extra, `,"on":`) {
		e.Bool(*x.On)
	}
	if !x.Note.IsZero() && e.Field(&x.Extra, `,"note":`) {
		if v, ok := x.Note.Get(); ok {
			e.String(v)
		} else {
			e.Null()
		}
	}
	x.encodeMore(e)
	e.End(&x.Extra)
}

func (x *sample) encodeMore(e *Encoder) {
	if x.Tags != nil && e.Field(&x.Extra, `,"tags":`) {
		e.BeginArray()
		for _, v := range x.Tags {
			e.Elem()
			e.String(v)
		}
		e.EndArray()
	}
	if x.Chunks != nil && e.Field(&x.Extra, `,"chunks":`) {
		e.BeginArray()
		for _, v := range x.Chunks {
			e.Elem()
			e.Base64(v)
		}
		e.EndArray()
	}
	if x.Meta != nil && e.Field(&x.Extra, `,"meta":`) {
		e.BeginMap()
		for _, k := range SortedKeys(x.Meta) {
			e.Key(k)
			e.String(x.Meta[k])
		}
		e.EndMap()
	}
	if x.Weights != nil && e.Field(&x.Extra, `,"weights":`) {
		e.BeginMap()
		for _, k := range SortedKeys(x.Weights) {
			e.Key(k)
			e.Float64(x.Weights[k])
		}
		e.EndMap()
	}
	if x.Inner != nil && e.Field(&x.Extra, `,"inner":`) {
		x.Inner.encode(e)
	}
	if x.Shape != nil && e.Field(&x.Extra, `,"shape":`) {
		encodeShape(e, x.Shape)
	}
	if x.Shapes != nil && e.Field(&x.Extra, `,"shapes":`) {
		e.BeginArray()
		for _, v := range x.Shapes {
			e.Elem()
			encodeShape(e, v)
		}
		e.EndArray()
	}
	if x.Free != nil && e.Field(&x.Extra, `,"free":`) {
		e.Raw(x.Free)
	}
}

// shape is a union of an object with "type":"circle", one with
// "type":"label", and a bare string.
type shape interface{ isShape() }

type circle struct {
	Radius float64
	Extra  Extra
}

type label struct {
	Text  string
	Inner *sample
	Extra Extra
}

type shapeName string

type unknownShape struct {
	Type string
	Raw  json.RawMessage
}

func (*circle) isShape()       {}
func (*label) isShape()        {}
func (shapeName) isShape()     {}
func (*unknownShape) isShape() {}

func decodeShape(d *Decoder) shape {
	switch d.Kind() {
	case KindString:
		return shapeName(d.String())
	case KindObject:
	default:
		d.Mismatch()
		return nil
	}
	start, last := d.Offset(), d.Repeats()
	v := decodeShapeAs(d, d.Find("type", last))
	if last || !d.Redefined() || d.Failed() {
		return v
	}
	d.Seek(start)
	return decodeShapeAs(d, d.PeekLast("type"))
}

func decodeShapeAs(d *Decoder, kind []byte) shape {
	switch string(kind) {
	case "circle":
		x := new(circle)
		x.decode(d)
		return x
	case "label":
		x := new(label)
		x.decode(d)
		return x
	default:
		return &unknownShape{Type: string(kind), Raw: d.Raw()}
	}
}

func (x *circle) decode(d *Decoder) {
	*x = circle{}
	o := Object{Required: 0b11}
	for name := d.Next(&o, &x.Extra); name != nil; name = d.Next(&o, &x.Extra) {
		switch string(name) {
		case "type":
			o.Field = 1
			d.Const("circle")
		case "radius":
			o.Field = 2
			x.Radius = d.Float64()
		}
	}
}

func (x *label) decode(d *Decoder) {
	*x = label{}
	o := Object{Required: 0b11}
	for name := d.Next(&o, &x.Extra); name != nil; name = d.Next(&o, &x.Extra) {
		switch string(name) {
		case "type":
			o.Field = 1
			d.Const("label")
		case "text":
			o.Field = 2
			x.Text = d.String()
		case "inner":
			o.Field = 3
			x.Inner = new(sample)
			x.Inner.decode(d)
		case "version":
			o.Field = 4
			d.ConstInt(1)
		case "final":
			o.Field = 5
			d.ConstBool(true)
		}
	}
}

func encodeShape(e *Encoder, v shape) {
	switch v := v.(type) {
	case *circle:
		e.BeginConst(&v.Extra, `{"type":"circle"`)
		if e.RequiredField(&v.Extra, 2, v.Radius == 0, `,"radius":`) {
			e.Float64(v.Radius)
		}
		e.End(&v.Extra)
	case *label:
		e.BeginConst(&v.Extra, `{"type":"label"`)
		if e.RequiredField(&v.Extra, 2, v.Text == "", `,"text":`) {
			e.String(v.Text)
		}
		if v.Inner != nil && e.Field(&v.Extra, `,"inner":`) {
			v.Inner.encode(e)
		}
		e.End(&v.Extra)
	case shapeName:
		e.String(string(v))
	case *unknownShape:
		e.Raw(v.Raw)
	case nil:
		e.Fail("no variant is set")
	}
}

func decodeSample(data []byte) (*sample, error) {
	d := NewDecoder(data)
	x := new(sample)
	x.decode(&d)
	if err := d.End(); err != nil {
		return nil, err
	}
	return x, nil
}

func encodeSample(x *sample) ([]byte, error) {
	e := NewEncoder(nil)
	x.encode(&e)
	return e.Bytes()
}
