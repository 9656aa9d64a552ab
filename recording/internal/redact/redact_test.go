package redact_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording/internal/redact"
)

// private is what must not be in a recording by default.
var private = []string{
	"+49 151 23456789", "(415) 555-0123", "4155550123", "+14155550123", "0171/2345678", "415-555-0123",
	"jane.doe@example.com", "Jane Doe lives at 5 Main Street", "sip:+14155550123@carrier.example;transport=tls",
}

// keys are credentials, which must not be in any recording.
var keys = []string{
	"sk-proj-abcDEF0123456789", "ek_68af296e8e408191a1120ab6383263c2", "Bearer abcdef0123456789", "bearer  tok.en+/=value",
	"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
}

// neverKept are the members of the specification that no recording holds, with reasons.
var neverKept = map[string]string{
	"headers": "credentials", "authorization": "credentials", "client_secret": "credentials", "value": "a client secret",
	"sip_headers": "numbers", "target_uri": "a number", "sip_media_security": "of a webhook", "sdp": "addresses", "Location(header)": "REST", "Location": "REST",
	"metadata": "the program's own", "parameters": "schemas may hold names of customers", "input_schema": "like parameters",
	"variables": "content", "logprobs": "words with numbers", "logprob": "of logprobs", "token": "of logprobs", "bytes": "of logprobs",
	"file_data": "content", "annotations": "the server's own", "data": "of a webhook", "obfuscation": "padding",
	"workflow_name": "the program's own", "group_id": "the program's own", "tunnel_id": "the program's own", "connector_id": "the program's own",
	"allowed_callers": "the program's own", "prompt_cache_breakpoint": "the program's own", "received_at": "of a webhook",
}

type path struct {
	members []string
	kind    string
	values  []string
}

// specification returns the members of all events.
func specification(t *testing.T) []path {
	t.Helper()
	text, err := os.ReadFile("../../../spec/testdata/wire-paths.txt")
	require.NoError(t, err)
	variant := regexp.MustCompile(`<[^>]*>`)
	var all []path
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if f[1] == "-" || !strings.HasPrefix(f[0], "client ") && !strings.HasPrefix(f[0], "server ") && !strings.HasPrefix(f[0], "translation ") {
			continue
		}
		p := path{members: strings.Split(strings.TrimPrefix(variant.ReplaceAllString(f[1], ""), "."), "."), kind: f[2]}
		if f[4] != "-" {
			p.values = strings.Split(f[4], "|")
		}
		all = append(all, p)
	}
	require.NotEmpty(t, all)
	return all
}

// message returns a message with one member.
func (p path) message(value any) []byte {
	for _, name := range slices.Backward(p.members) {
		plain := strings.TrimRight(name, "[]{}")
		for range strings.Count(name, "[]") {
			value = []any{value}
		}
		value = map[string]any{plain: value}
	}
	data, err := json.Marshal(value)
	if err != nil {
		panic(err) // Maps and strings have JSON.
	}
	return data
}

func filter(l redact.Level) *redact.Filter { return &redact.Filter{Level: l, Secret: [16]byte{1}} }

func filtered(t *testing.T, f *redact.Filter, message []byte) string {
	t.Helper()
	out, ok := f.Append(nil, "", message)
	require.True(t, ok, string(message))
	require.True(t, json.Valid(out), "%s: %s", message, out)
	return string(out)
}

func TestEveryMemberOfTheSpecificationIsClassified(t *testing.T) {
	t.Parallel()
	for _, p := range specification(t) {
		for _, name := range p.members {
			name = strings.TrimRight(name, "[]{}")
			_, never := neverKept[name]
			assert.True(t, never || redact.Known(name) || strings.ContainsAny(name, "{*"),
				"%q is new: add it to the table in structure.go, or to neverKept with the reason", name)
		}
	}
}

func TestNothingPrivateIsKeptByDefault(t *testing.T) {
	t.Parallel()
	f := filter(redact.Level{})
	for _, p := range specification(t) {
		for _, secret := range slices.Concat(private, keys) {
			for _, v := range []any{secret, "Call " + secret + " now"} {
				got := filtered(t, f, p.message(v))
				for _, s := range slices.Concat(private, keys, []string{"Jane", "4155550123", "23456789"}) {
					require.NotContains(t, got, s, p.members)
				}
			}
		}
	}
}

// Arguments and outputs are texts; those that are objects may have members of any name, also
// of names that are structure elsewhere.
func TestArgumentsThatAreObjectsAreNotStructure(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		`{"type":"response.function_call_arguments.done","arguments":{"id":"jane","status":"jane","type":"jane"}}`,
		`{"type":"conversation.item.create","item":{"type":"function_call_output","output":[{"id":"jane","code":"jane"}]}}`,
	} {
		assert.NotContains(t, filtered(t, filter(redact.Level{Text: true}), []byte(message)), "jane")
		assert.Contains(t, filtered(t, filter(redact.Level{Tools: true}), []byte(message)), "jane")
	}
}

func TestCredentialsAreKeptAtNoLevel(t *testing.T) {
	t.Parallel()
	for _, l := range []redact.Level{{}, {Text: true}, {Tools: true}, {Text: true, Tools: true}, {Frames: true}} {
		f := filter(l)
		for _, p := range specification(t) {
			for _, key := range keys {
				got := filtered(t, f, p.message("use "+key+" for it"))
				require.NotContains(t, got, key, "%v %v", l, p.members)
			}
		}
		for _, message := range []string{
			`{"type":"session.update","session":{"tools":[{"type":"mcp","server_label":"x","authorization":"hush","headers":{"Any":"hush","Nested":{"x":["hush"]}}}]}}`,
			`{"client_secret":{"value":"hush"}}`, `{"client_secret":"hush"}`, `{"unknown":{"authorization":"hush"}}`,
		} {
			assert.NotContains(t, filtered(t, f, []byte(message)), "hush", "%v", l)
		}
	}
}

// TestStructureIsKept holds that words, numbers and ids survive.
func TestStructureIsKept(t *testing.T) {
	t.Parallel()
	message := `{"type":"response.done","event_id":"event_C9G","response":{"object":"realtime.response","id":"resp_1","status":"failed",` +
		`"status_details":{"type":"failed","reason":"turn_detected","error":{"type":"server_error","code":"rate_limit_exceeded"}},` +
		`"output":[{"id":"item_1","type":"function_call","name":"look_up","call_id":"call_1","arguments":"{\"who\":\"Jane\"}"},` +
		`{"id":"item_2","type":"message","role":"assistant","content":[{"type":"output_audio","transcript":"Hello Jane"}]}],` +
		`"metadata":{"name":"Jane"},"usage":{"total_tokens":12,"input_token_details":{"cached_tokens":3}},"max_output_tokens":"inf","temperature":0.8}}`
	want := `{"type":"response.done","event_id":"event_C9G","response":{"object":"realtime.response","id":"resp_1","status":"failed",` +
		`"status_details":{"type":"failed","reason":"turn_detected","error":{"type":"server_error","code":"rate_limit_exceeded"}},` +
		`"output":[{"id":"item_1","type":"function_call","name":"look_up","call_id":"call_1","arguments":"‹14›"},` +
		`{"id":"item_2","type":"message","role":"assistant","content":[{"type":"output_audio","transcript":"‹10›"}]}],` +
		`"usage":{"total_tokens":12,"input_token_details":{"cached_tokens":3}},"max_output_tokens":"inf","temperature":0.8}}`
	assert.Equal(t, want, filtered(t, filter(redact.Level{}), []byte(message)))
	withText := strings.ReplaceAll(want, "‹10›", "Hello Jane")
	assert.Equal(t, withText, filtered(t, filter(redact.Level{Text: true}), []byte(message)))
	assert.Equal(t, strings.ReplaceAll(withText, "‹14›", `{\"who\":\"Jane\"}`), filtered(t, filter(redact.Level{Text: true, Tools: true}), []byte(message)))
	assert.Equal(t, message, filtered(t, filter(redact.Level{Frames: true}), []byte(message)))

	kept := 0
	for _, p := range specification(t) {
		last := strings.TrimRight(p.members[len(p.members)-1], "[]{}")
		for _, v := range p.values {
			if p.kind == "string" && last == "type" && neverKept[p.members[0]] == "" {
				if strings.Contains(filtered(t, filter(redact.Level{}), p.message(v)), `"`+v+`"`) {
					kept++
				}
			}
		}
	}
	assert.Greater(t, kept, 100)
}

func TestOutputsAreContent(t *testing.T) {
	t.Parallel()
	message := []byte(`{"item":{"type":"function_call_output","call_id":"c","output":"Jane"}}`)
	assert.Equal(t, `{"item":{"type":"function_call_output","call_id":"c","output":"‹4›"}}`, filtered(t, filter(redact.Level{Text: true}), message))
	assert.Equal(t, string(message), filtered(t, filter(redact.Level{Tools: true}), message))
}

func TestStrangeIDsAreRenamed(t *testing.T) {
	t.Parallel()
	f := filter(redact.Level{})
	alias := f.ID("call-+14155550123")
	assert.NotContains(t, alias, "415")
	assert.Equal(t, alias, f.ID("call-+14155550123"), "a reference still finds what it refers to")
	assert.NotEqual(t, alias, f.ID("call-+14155550124"))
	assert.Equal(t, alias, f.ID(alias))
	other := &redact.Filter{Secret: [16]byte{2}}
	assert.NotEqual(t, alias, other.ID("call-+14155550123"), "the name of a number cannot be looked up")
}

func TestMasks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Call +49 151 23456789 now":         "Call ‹number› now",
		"(415) 555-0123 or 415.555.0123":    "‹number› or ‹number›",
		"at 7:10 on 2 May, 129 euros, B 12": "at 7:10 on 2 May, 129 euros, B 12",
		"1-2-3-4-5-6":                       "‹number›",
	} {
		assert.Equal(t, want, redact.Numbers("", text))
	}
	assert.Equal(t, "to ‹email›, please", redact.Emails("", "to jane.doe@mail.example.com, please"))
	var paths []string
	f := &redact.Filter{Level: redact.Level{Text: true}, Mask: func(path, text string) string {
		paths = append(paths, path)
		return strings.ToUpper(text)
	}}
	got := filtered(t, f, []byte(`{"item":{"content":[{"text":"a b"},{"text":"c"}]},"instructions":"d"}`))
	assert.Equal(t, `{"item":{"content":[{"text":"A B"},{"text":"C"}]},"instructions":"D"}`, got)
	assert.Equal(t, []string{"item.content.text", "item.content.text", "instructions"}, paths)
}

// TestDataIsMaskedInAllItsTexts holds for JSON of any form: names and numbers can be content.
func TestDataIsMaskedInAllItsTexts(t *testing.T) {
	t.Parallel()
	var paths []string
	f := &redact.Filter{Mask: func(path, text string) string {
		paths = append(paths, path)
		return redact.Numbers(path, text)
	}}
	for data, want := range map[string]string{
		`{"auth":"Bearer abcdef0123456789","tel":"0151 23456789"}`:                           `{"auth":"[redacted]","tel":"‹number›"}`,
		`{"+49 151 23456789": {"answered" : true, "after": 1.25e3}}`:                         `{"‹number›":{"answered":true,"after":1.25e3}}`,
		`[[4915123456789,12345,0.123456789,null],"\u0073k-abcdefgh"]`:                        `[["‹number›",12345,0.123456789,null],"[redacted]"]`,
		`{"authorization":"hush","headers":{"x":["hush"],"0151234567":1}}`:                   `{"authorization":"[redacted]","headers":{"x":["[redacted]"],"‹10›":"[redacted]"}}`,
		`{"Authorization":["Basic dXNlcjpw"],"API-Key":"hush","client_secret":123456789012}`: `{"Authorization":["[redacted]"],"API-Key":"[redacted]","client_secret":"[redacted]"}`,
		`"ek_68af296e8e408191a1120ab6383263c2"`:                                              `"[redacted]"`,
		`{"a":`:                                                                              ``,
	} {
		assert.Equal(t, want, string(f.Data("note.data", []byte(data))), data)
	}
	assert.Subset(t, paths, []string{"note.data", "note.data.tel"})
}

// TestCredentialsHaveNoCase holds for whole messages, and for those that are no objects.
func TestCredentialsHaveNoCase(t *testing.T) {
	t.Parallel()
	f := filter(redact.Level{Frames: true})
	for _, message := range []string{
		`{"Authorization":"hush","session":{"tools":[{"Headers":{"x":"hush"}},{"authorization":424242424242}]}}`,
		`{"type":"input_audio_buffer.append","audio":"Bearer\thush0123456789"}`,
		`{"type":"input_audio_buffer.append","audio":"Bearer\nhush0123456789"}`,
		`{"item":{"content":[{"image_url":"data:image/png;base64,Bearer\thush0123456789"}]}}`,
	} {
		kept := filtered(t, f, []byte(message))
		assert.NotContains(t, kept, "hush", message)
		assert.NotContains(t, kept, "4242", message)
	}
	for _, message := range []string{`[{"Authorization":"hush"}]`, `{"authorization":"hush"`, `Set-Cookie: hush`} {
		assert.NotContains(t, string(f.Raw("raw", []byte(message))), "hush", message)
	}
	assert.Equal(t, "no JSON", string(f.Raw("raw", []byte("no JSON"))))
}

// TestPathsAreBounded has long names before texts: a mask is given a path for each text, so that
// a peer could make the cost of a message the square of its length.
func TestPathsAreBounded(t *testing.T) {
	t.Parallel()
	longest := 0
	f := &redact.Filter{Level: redact.Level{Frames: true}, Mask: func(path, text string) string {
		longest = max(longest, len(path))
		return text
	}}
	for _, data := range []string{
		`{"` + strings.Repeat("n", 1<<16) + `":["a",1,{"a":"a"}],"b":"a"}`,
		strings.Repeat(`{"session":`, 1000) + `"a"` + strings.Repeat("}", 1000),
	} {
		assert.NotEmpty(t, f.Data("note.data", []byte(data)))
		assert.NotEmpty(t, filtered(t, f, []byte(data)))
	}
	assert.Positive(t, longest)
	assert.Less(t, longest, 1000)
}

// TestPicturesAreKeptWhole holds that masks do not look into what is no text.
func TestPicturesAreKeptWhole(t *testing.T) {
	t.Parallel()
	f := &redact.Filter{Level: redact.Level{Frames: true}, Mask: func(string, string) string { return "masked" }}
	for message, want := range map[string]string{
		`{"image_url":"data:image/png;base64,iVBORw0KGgo123456\/="}`:                           `{"image_url":"data:image/png;base64,iVBORw0KGgo123456/="}`,
		`{"image_url":"data:text/plain,sk-abcdefgh"}`:                                          `{"image_url":"masked"}`,
		`{"type":"input_audio_buffer.append","audio":"1234567890123456AA\/\u002b"}`:            `{"type":"masked","audio":"1234567890123456AA/+"}`,
		`{"type":"input_audio_buffer.append","audio":"\u0073k\u002dabcdefgh","\u0074ext":"x"}`: `{"type":"masked","audio":"masked","text":"masked"}`,
	} {
		assert.Equal(t, want, filtered(t, f, []byte(message)))
	}
}

func TestWhatIsNoObject(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "hush", "[1]", `"x"`, "{", `{"a":}`} {
		out, ok := filter(redact.Level{}).Append([]byte("before"), "", []byte(text))
		assert.False(t, ok, text)
		assert.Equal(t, "before", string(out))
	}
}

func FuzzAppend(f *testing.F) {
	f.Add([]byte(`{"type":"a","item":{"content":[{"text":"x\"y"},[],{}],"id":7}, "n" : [ 1 , -2e3 ,null ]}`), true)
	f.Fuzz(func(t *testing.T, message []byte, frames bool) {
		out, ok := filter(redact.Level{Frames: frames}).Append(nil, "", message)
		if !ok {
			assert.Empty(t, out)
			return
		}
		assert.True(t, json.Valid(out), "%q: %q", message, out)
	})
}
