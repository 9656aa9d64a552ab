package wire

import (
	"bytes"
	stdbase64 "encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// generic decodes JSON text for comparison by value: objects become maps, numbers a
// canonical text of their exact value.
func generic(t *testing.T, data []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	require.NoError(t, dec.Decode(&v), "%q", data)
	return normal(v)
}

func normal(v any) any {
	switch v := v.(type) {
	case json.Number:
		return canonicalNumber(string(v))
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = normal(v[k])
		}
	}
	return v
}

// canonicalNumber returns the same text for equal numbers. It shares no code with the
// package's own number parsing.
func canonicalNumber(text string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0"
	}
	exp := new(big.Int)
	if exponent != "" {
		exp.SetString(strings.TrimPrefix(exponent, "+"), 10)
	}
	exp.Sub(exp, big.NewInt(int64(len(fraction))))
	short := strings.TrimRight(digits, "0")
	exp.Add(exp, big.NewInt(int64(len(digits)-len(short))))
	return fmt.Sprintf("%s%se%d", sign, short, exp)
}

var sampleSeeds = []string{
	`{}`,
	`{"type":"sample","id":"x"}`,
	`{"type":"sample","id":"event_1","delta":"AAECAwQFBgc=","count":3,"big":9007199254740993,"gain":0.5,"on":true,"note":null,"tags":["a","b"],"chunks":["AA==","AAE=",""],"meta":{"k":"v"},"weights":{"w":1e-7},"inner":{"type":"old.sample","id":"y"},"shape":{"type":"circle","radius":2},"shapes":["square",{"type":"label","text":"t","inner":{}},{"type":"new"}],"free":{"a":[1,2]}}`,
	`{"type":"sample","type":"old.sample","id":1,"id":"y","id":null}`,
	`{"type":5,"type":"older.sample"}`,
	`{"type":"old.sample","type":"sample"}`,
	`{"shape":{"type":"circle","type":"label","text":"x"}}`,
	`{"shape":{"type":"circle","inner":{"type":"bad"},"type":"label","inner":{"shape":{"type":"label","type":"circle","radius":1}}}}`,
	`{"shape":{"type":"circle","radius":1,"type":"circle"}}`,
	`{"shape":{"type":"circle","type":7},"shapes":[{"type":7,"type":"circle"}]}`,
	`{"shapes":[1,2],"shape":null}`,
	`{"delta":"AA\n==","chunks":["AB==","A\u0041=="]}`,
	`{"delta":"A","chunks":["AA=","A===","====",null]}`,
	`{"count":1.0,"big":1e18,"gain":1e999,"weights":{"a":1e400}}`,
	`{"count":1.5,"big":9223372036854775808,"gain":0.1000000000000000055511151231257827,"weights":{"x":1e-999}}`,
	`{"x":1,"x":2,"y":{"x":1,"x":2},"X":3,"ID":4,"Id":5}`,
	`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"a":2,"j":1}`,
	`{"\u0069\u0064":"escaped name","\ud83d\ude00":"\ud83d\ude00","\ud83d":"\ude00\ud83dx"}`,
	"{\"\xff\":1,\"\xfe\":2,\"id\":\"\xc3\x28\",\"free\":\"\xff\"}",
	" \t\r\n{ \"id\" : \"x\" , \"tags\" : [ ] , \"meta\" : { } , \"shapes\" : [ ] , \"inner\" : { } } \n",
	`{"id":"x",}`, `{"tags":["a",]}`, `{"id"}`, `{"id":}`, `{,}`, `{"id":"x"}}`, `{"id":"x"} x`, `{"id":tru}`, `{"count":01}`, `{"count":-}`,
	`{"id":"\x"}`, `{"id":"\u12"}`, "{\"id\":\"\x01\"}", `{"id":"`, `{"meta":{"a":1,"a":"b"}}`, `{"free":nul}`,
	`{"tags":[["deep"],"x"],"inner":[],"meta":[],"weights":{"a":{"b":[]}}}`,
	`null`, `[]`, `"x"`, `1`, ``,
}

// FuzzRoundTrip checks that a document is accepted exactly if it is a JSON object, and
// that encoding the decoded value gives the same JSON value, for each way to store
// strings.
func FuzzRoundTrip(f *testing.F) {
	for _, seed := range sampleSeeds {
		f.Add([]byte(seed))
	}
	var shared Strings
	f.Fuzz(func(t *testing.T, data []byte) {
		checkRoundTrip(t, data, nil)
		checkRoundTrip(t, data, &shared)
		// With leading white space the document is a large one, whose strings are
		// stored differently.
		checkRoundTrip(t, append(bytes.Repeat([]byte(" "), smallFrame+1), data...), nil)
	})
}

func checkRoundTrip(t *testing.T, data []byte, shared *Strings) {
	t.Helper()
	before := bytes.Clone(data)
	d := NewDecoder(data)
	d.UseStrings(shared)
	var x sample
	x.decode(&d)
	err := d.End()
	require.Equal(t, before, data, "the input was changed")
	object := bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
	require.Equal(t, json.Valid(data) && object, err == nil, "%q: %v", data, err)
	if err != nil {
		return
	}
	want := generic(t, data)
	// The decoded value must not alias the input.
	for i := range data {
		data[i] = '#'
	}
	out, err := encodeSample(&x)
	copy(data, before)
	require.NoError(t, err, "%q", data)
	require.True(t, json.Valid(out), "%q gave %q", data, out)
	require.Equal(t, want, generic(t, out), "%q gave %q", data, out)
	again, err := decodeSample(out)
	require.NoError(t, err, "%q", out)
	twice, err := encodeSample(again)
	require.NoError(t, err)
	require.Equal(t, want, generic(t, twice), "%q gave %q", out, twice)
}

// FuzzSkip checks that the grammar is that of encoding/json, both for whole documents
// and for skipped values inside one.
func FuzzSkip(f *testing.F) {
	for _, seed := range sampleSeeds {
		f.Add([]byte(seed))
	}
	f.Add([]byte(strings.Repeat("[", 200) + strings.Repeat("]", 200)))
	f.Add([]byte(strings.Repeat(`{"a":[`, 70) + strings.Repeat("]}", 70)))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := NewDecoder(data)
		raw := d.Raw()
		err := d.End()
		require.Equal(t, json.Valid(data), err == nil, "%q: %v", data, err)
		if err == nil {
			require.Equal(t, string(bytes.Trim(data, " \t\r\n")), string(raw))
		}
		inside := append([]byte(`{"unknown":`), data...)
		inside = append(inside, `,"id":"x"}`...)
		_, err = decodeSample(inside)
		require.Equal(t, json.Valid(inside), err == nil, "%q: %v", inside, err)
	})
}

// FuzzPeek checks that Peek and PeekLast find the same members as a full read.
func FuzzPeek(f *testing.F) {
	for _, seed := range sampleSeeds {
		f.Add([]byte(seed))
	}
	f.Add([]byte(`{"x":"a\\","type":"b\\\"","y":"\"","type":"c"}`))
	f.Add([]byte("{\"x\":\"\xff\",\"t\\u0079pe\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := NewDecoder(data)
		first, last := d.Peek("type"), d.PeekLast("type")
		require.Zero(t, d.Offset())
		require.False(t, d.Failed())
		var all map[string]any
		if json.Unmarshal(data, &all) != nil {
			return
		}
		want, ok := all["type"].(string)
		require.Equal(t, ok, last != nil, "%q", data)
		require.Equal(t, want, string(last), "%q", data)
		dec := json.NewDecoder(bytes.NewReader(data))
		if token, _ := dec.Token(); token != json.Delim('{') {
			require.Nil(t, first)
			return
		}
		for dec.More() {
			name, err := dec.Token()
			require.NoError(t, err)
			var v any
			require.NoError(t, dec.Decode(&v))
			if name == "type" {
				want, ok := v.(string)
				require.Equal(t, ok, first != nil, "%q", data)
				require.Equal(t, want, string(first), "%q", data)
				return
			}
		}
		require.Nil(t, first)
	})
}

// FuzzString compares reading and writing of strings with encoding/json.
func FuzzString(f *testing.F) {
	for _, seed := range []string{
		"", "plain", `a\n\t\r\b\f\/\\\"`, `\u00e9\u20ac`, `\ud83d\ude00`, `\ud83d`, `\ud83dx`, `\ud83d\u0041`, `\ude00\ud83d`,
		"é€😀", "\xff", "a\xc3", "\xed\xa0\x80", "\u2028\u2029", "1234567\"", "12345678\x1f", "\x7f", `\`, `\u`, `\u12G4`, `\'`,
		strings.Repeat(`x\n`, 200), strings.Repeat("\xff", 300), strings.Repeat("é", 300), "\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		text := append(append([]byte{'"'}, content...), '"')
		var want string
		wantErr := json.Unmarshal(text, &want)
		for _, shared := range []*Strings{nil, new(Strings)} {
			d := NewDecoder(text)
			d.UseStrings(shared)
			got := d.String()
			err := d.End()
			require.Equal(t, wantErr == nil, err == nil, "%q: %v", text, err)
			if err == nil {
				require.Equal(t, want, got, "%q", text)
			}
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		require.NoError(t, enc.Encode(string(content)))
		require.Equal(t, strings.TrimSuffix(b.String(), "\n"), string(appendQuoted(nil, string(content))))
	})
}

// FuzzNumber checks that numbers are read by value: an int if it is integral and fits,
// a float as strconv parses it, flagged as inexact if encoding would give another
// number.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{
		"0", "-0", "1", "-1", "1.0", "1e3", "1E+3", "1.5", "10e-1", "15e-1", "0.0", "0e5", "0.00e-999", "1e999999999999999999999", "1e-999999999999999999999",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "922337203685477580.7e1",
		"9.223372036854775807e18", "1000000000000000000000e-21", "0.1", "0.30000000000000004", "0.1000000000000000055511151231257827",
		"1e308", "1e309", "5e-324", "4.9406564584124654e-324", "1e-400", "123456789012345678901234567890", "0.000001", "1e-7", "1e21", "1e20",
		"01", "+1", ".5", "1.", "1e", "-", "--1", "1e+", "0x1", "NaN", "1_0", "1 ", "179769313486231570000e289", "100", "100.00100",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := NewDecoder([]byte(text))
		i := d.Int64()
		ok := d.End() == nil
		trimmed := strings.Trim(text, " \t\r\n")
		if !json.Valid([]byte(text)) || trimmed[0] != '-' && (trimmed[0] < '0' || trimmed[0] > '9') {
			require.False(t, ok, "%q", text)
			return
		}
		canonical := canonicalNumber(trimmed)
		fits := canonicalNumber(strconv.FormatInt(i, 10)) == canonical
		require.Equal(t, integral(canonical), ok, "%q", text)
		if ok {
			require.True(t, fits, "%q gave %d", text, i)
		}

		d = NewDecoder([]byte(text))
		got := d.Float64()
		inexact := d.flags&flagInexact != 0
		want, err := strconv.ParseFloat(trimmed, 64)
		require.Equal(t, err == nil, d.End() == nil, "%q", text)
		if err != nil {
			return
		}
		require.Equal(t, want, got, "%q", text)
		e := NewEncoder(nil)
		e.Float64(got)
		out, err := e.Bytes()
		require.NoError(t, err)
		std, err := json.Marshal(got)
		require.NoError(t, err)
		require.Equal(t, string(std), string(out))
		require.Equal(t, canonicalNumber(string(out)) != canonical, inexact, "%q gave %s", text, out)
	})
}

// integral reports whether a canonical number is whole and fits an int64.
func integral(canonical string) bool {
	mantissa, exponent, found := strings.Cut(canonical, "e")
	if !found {
		return true
	}
	exp, err := strconv.Atoi(exponent)
	if err != nil || exp < 0 || exp > 19 {
		return false
	}
	_, err = strconv.ParseInt(mantissa+strings.Repeat("0", exp), 10, 64)
	return err == nil
}

// FuzzBase64 compares base64 text with encoding/base64 and checks that text is flagged
// as inexact if encoding would give other text.
func FuzzBase64(f *testing.F) {
	for _, seed := range []string{
		"", "AA==", "AAE=", "AAEC", "AB==", "AAF=", "A", "AA", "AAA", "A===", "====", "=", "AA=A", "AA==AA==", "AA\n==", "\n", "AA==\r\n",
		"AA-_", "AA+/", "é", "AAAA\n\n\n\n", "AAA\n\n\n\nA", "AA\n\n\n\n==",
		strings.Repeat("A", 64), strings.Repeat("AB+/", 40) + "AA==", strings.Repeat("A", 62) + "=A", strings.Repeat("A", 61) + "===",
		strings.Repeat("AAAA\n", 40), strings.Repeat("A", 100) + "\n\n\n\n", strings.Repeat("A", 63) + "\x80", strings.Repeat("z", 45) + "\xff" + strings.Repeat("z", 42),
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, content []byte, escape bool) {
		// Without escapes the text cannot hold line breaks; escaped, it can hold any
		// byte.
		var text []byte
		if escape {
			text = append(text, '"')
			for _, c := range content {
				text = fmt.Appendf(text, `\u%04x`, c)
			}
			text = append(text, '"')
		} else {
			text = appendQuoted(nil, string(content))
		}
		checkQuotedBase64(t, text)
		checkQuotedBase64(t, quote(string(content))) // May include control characters.
		checkAppend(t, content, stdbase64.StdEncoding.EncodeToString(content))
	})
}
