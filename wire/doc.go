// Package wire reads and writes JSON for generated code.
//
// It is the runtime of the types in package api. It is public so that code generated in
// other modules can use it. Programs that only talk to the API need nothing from here
// but [Nullable], [Extra] and the error types, and package api declares aliases for
// those.
//
// # Decoding
//
// A [Decoder] is a cursor over one JSON document in memory. Each method reads the value
// under the cursor and steps over it:
//
//	func (x *Point) decode(d *wire.Decoder) {
//		*x = Point{}
//		o := wire.Object{Required: 0b1}
//		for name := d.Next(&o, &x.Extra); name != nil; name = d.Next(&o, &x.Extra) {
//			switch string(name) {
//			case "x":
//				o.Field = 1
//				x.X = d.Int()
//			case "label":
//				o.Field = 2
//				x.Label = wire.Opt(d, d.String())
//			}
//		}
//	}
//
// There are two kinds of errors. Text that is not JSON is fatal: the first such error
// sticks, every later read returns a zero value, every loop ends, and [Decoder.End]
// reports it. JSON that does not fit the Go field is a mismatch: the struct's [Extra]
// keeps the member as it arrived, and decoding continues. Unknown members are kept the
// same way, so that a decoded value can be encoded again without loss.
//
// The grammar is that of encoding/json: the same documents are accepted, invalid UTF-8
// and lone surrogates become U+FFFD, the last member of a name wins, and values nest
// 10,000 deep at most. Member names are matched exactly, never by folding case.
//
// Nothing that a Decoder returns aliases its input, except for the names of
// [Decoder.Next] and the results of [Decoder.Peek] and [Decoder.PeekLast].
//
// # Encoding
//
// An [Encoder] appends to a buffer. Its first error sticks and [Encoder.Bytes] reports
// it. It places commas by the byte that was written last, so callers need not declare
// the nesting.
//
// Both types are meant to live on the caller's stack. Passing a pointer to one through
// an interface method or a func value moves it to the heap.
package wire

// The files form families, from the bottom up. A file uses files of its own family and of
// families listed before it; a test holds that.
//
//   - error_*: the error types and their reasons.
//   - scan_*: skip, the scanner of the JSON grammar, to which the readers leave all syntax
//     errors. text has strings and escapes; path has pathAt, which finds the path of an
//     error by reading the document again.
//   - arena_*: Strings and arena, which allocate strings.
//   - extra_*: Extra, the members without a field.
//   - decode_*: Decoder and its readers. object has Next for structs, Elem for arrays and
//     Entry for maps; peek serves unions; end has End and Err.
//   - encode_*: Encoder; text has appendQuoted.
//   - nullable_*: Nullable.
//   - time_*: Time.
//   - generated_*: helpers of generated code that are not readers.
