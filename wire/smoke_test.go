package wire

import "testing"

type sample struct {
	ID    string
	Delta []byte
	N     *int
	Tags  []string
	Meta  map[string]string
	Inner *sample
	Extra Extra
}

func (x *sample) decode(d *Decoder) {
	*x = sample{}
	o := Object{Required: 0b11}
	for d.Next(&o, &x.Extra) {
		switch string(o.Name) {
		case "type":
			o.Field = 1
			d.Type(&x.Extra, "sample", "old.sample")
		case "id":
			o.Field = 2
			x.ID = d.String()
		case "delta":
			o.Field = 3
			x.Delta = d.Base64(nil)
		case "n":
			o.Field = 4
			x.N = Opt(d, d.Int())
		case "tags":
			o.Field = 5
			x.Tags = []string{}
			var a Array
			for d.Elem(&a) {
				x.Tags = append(x.Tags, d.String())
			}
		case "meta":
			o.Field = 6
			x.Meta = map[string]string{}
			var m Map
			for d.Entry(&m) {
				x.Meta[m.Key()] = d.String()
			}
		case "inner":
			o.Field = 7
			x.Inner = new(sample)
			x.Inner.decode(d)
		}
	}
}

func (x *sample) encode(e *Encoder) {
	e.Begin()
	if e.RequiredField(&x.Extra, 1, true, `"type":`) {
		e.TypeName(&x.Extra, `"sample"`)
	}
	if e.RequiredField(&x.Extra, 2, x.ID == "", `"id":`) {
		e.String(x.ID)
	}
	if x.Delta != nil && e.Field(&x.Extra, `"delta":`) {
		e.Base64(x.Delta)
	}
	if x.N != nil && e.Field(&x.Extra, `"n":`) {
		e.Int(int64(*x.N))
	}
	if x.Tags != nil && e.Field(&x.Extra, `"tags":`) {
		e.BeginArray()
		for _, t := range x.Tags {
			e.Elem()
			e.String(t)
		}
		e.EndArray()
	}
	if x.Meta != nil && e.Field(&x.Extra, `"meta":`) {
		e.BeginMap()
		for _, k := range SortedKeys(x.Meta) {
			e.Key(k)
			e.String(x.Meta[k])
		}
		e.EndMap()
	}
	if x.Inner != nil && e.Field(&x.Extra, `"inner":`) {
		x.Inner.encode(e)
	}
	e.End(&x.Extra)
}

func TestSmoke(t *testing.T) {
	for _, in := range []string{
		`{"type":"sample","id":"a\n\u00e9","delta":"AAEC","n":1e2,"tags":["a","b"],"meta":{"k":"v"},"inner":{"type":"old.sample","x":[1,{"a":[]}]},"u":null}`,
		`{"id":5,"delta":"AA==\n","n":1.5,"tags":[1],"meta":{"k":1},"inner":[[]]}`,
		` { } `, `5`, `{"a":}`, `{"tags":[1,]}`, `{"inner":{"tags":["x",]}}`,
	} {
		d := NewDecoder([]byte(in))
		var x sample
		x.decode(&d)
		if err := d.End(); err != nil {
			t.Log(err)
			continue
		}
		e := NewEncoder(nil)
		x.encode(&e)
		b, err := e.Bytes()
		t.Log(string(b), err)
	}
}
