package model

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGoName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, wire, want string }{
		{"snake", "output_modalities", "OutputModalities"},
		{"dots", "response.output_audio.delta", "ResponseOutputAudioDelta"},
		{"dashes and slashes", "audio/x-pcm", "AudioXPCM"},
		{"camel", "callId", "CallID"},
		{"camel inside", "webhookEventIdOfUrl", "WebhookEventIDOfURL"},
		{"camel without initialism", "markAsRead", "MarkAsRead"},
		{"camel that begins like one", "callIdle", "CallIdle"},
		{"capitals stay", "XMLThing", "XMLThing"},
		{"initialism", "item_id", "ItemID"},
		{"initialism in front", "mcp_list_tools", "MCPListTools"},
		{"initialism in capitals", "SIP_call", "SIPCall"},
		{"initialism of several", "item_ids", "ItemIDs"},
		{"more initialisms", "api_dtmf_gpt_http_json_pcm_sdp", "APIDTMFGPTHTTPJSONPCMSDP"},
		{"still more", "sip_ttl_uri_url_vad_rtp_srtp_inf", "SIPTTLURIURLVADRTPSRTPInf"},
		{"initialism is a word, no part of one", "idle_timeout_ms", "IdleTimeoutMS"},
		{"digits keep their separator", "gpt-5.1", "GPT5_1"},
		{"digit and letter do not", "whisper-1-a", "Whisper1A"},
		{"digit in front", "2d", "V2d"},
		{"letter that has no case", "語", "V語"},
		{"letters beyond ASCII", "über_id", "ÜberID"},
		{"nothing", "", "V"},
		{"signs alone", "$-", "V"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, GoName(tt.wire))
		})
	}
}

func TestExported(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, component, want string }{
		{"Go name stays", "RealtimeSessionID", "RealtimeSessionID"},
		{"Go name with an odd initialism stays", "RealtimeSessionId", "RealtimeSessionId"},
		{"underscore", "Item_Id", "ItemID"},
		{"unexported", "item", "Item"},
		{"no identifier", "Item-Type", "ItemType"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, exported(tt.component))
		})
	}
}

func TestParamName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, wire, want string }{
		{"word", "text", "text"},
		{"words", "item_text", "itemText"},
		{"initialism", "id", "id"},
		{"initialism in front", "url_of_image", "urlOfImage"},
		{"plural initialism", "ids", "ids"},
		{"longest initialism", "pcma_data", "pcmaData"},
		{"beginning like an initialism", "ideal", "ideal"},
		{"initialism behind", "image_url", "imageURL"},
		{"keyword", "type", "typeValue"},
		{"builtin that the code calls", "new", "newValue"},
		{"package", "json", "jsonValue"},
		{"digit in front", "2d", "v2d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, paramName(tt.wire))
		})
	}
}

func TestJoined(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, union, member, want string }{
		{"nothing in common", "Item", "ID", "ItemID"},
		{"last word again", "ServerEvent", "EventID", "ServerEventID"},
		{"last word alone", "ServerEvent", "Event", "ServerEvent"},
		{"part of a word", "ServerEvent", "EventfulDay", "ServerEventEventfulDay"},
		{"initialism again", "CallID", "IDText", "CallIDText"},
		{"no capital", "item", "ID", "itemID"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, joined(tt.union, tt.member))
		})
	}
}

func TestUnique(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{"A": true, "A3": true}
	assert.Equal(t, "A2", unique(taken, "A"))
	assert.Equal(t, "A4", unique(taken, "A"))
	assert.Equal(t, "B", unique(taken, "B"))
	assert.Equal(t, "B2", unique(taken, "B"))
}

func TestSnake(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"word", "Item", "item"},
		{"words", "TranslationServerEvent", "translation_server_event"},
		{"initialism behind", "CallID", "call_id"},
		{"initialism in front", "MCPTool", "mcp_tool"},
		{"initialism between", "ServerVADEvent", "server_vad_event"},
		{"digits", "Voice2Text", "voice2_text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, snake(tt.in))
		})
	}
}

// TestTypeNames checks which schema keeps a name that two schemas would have.
func TestTypeNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, schemas string
		structs       []string
	}{
		{"own name gives way", "    Extra: {type: object, properties: {a: {type: string}}}\n", []string{"Extra2"}},
		{"inline object", "    Thing: {type: object, properties: {part: {type: object, properties: {a: {type: string}}}}}\n", []string{"Thing", "ThingPart"}},
		{
			"inline object gives way to a component",
			"    Thing: {type: object, properties: {part: {type: object, properties: {a: {type: string}}}}}\n" +
				"    ThingPart: {type: object, properties: {b: {type: string}}}\n",
			[]string{"Thing", "ThingPart2", "ThingPart"},
		},
		{
			"x-go-name comes first",
			"    Thing: {type: object, properties: {a: {type: string}}}\n" +
				"    Other: {type: object, x-go-name: Thing, properties: {b: {type: string}}}\n",
			[]string{"Thing2", "Thing"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, s := range of(t, tt.schemas).Structs {
				got = append(got, s.Name)
			}
			assert.Equal(t, tt.structs, got)
		})
	}
}

func TestValueNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, schema string
		want         []Value
	}{
		{"open string", "{type: string, x-known-values: [low, gpt-5.1, '']}", []Value{
			{"ThingLow", "low", `"low"`}, {"ThingGPT5_1", "gpt-5.1", `"gpt-5.1"`}, {"ThingEmpty", "", `""`},
		}},
		{"other prefix", "{type: string, x-go-prefix: Some, enum: [a, b]}", []Value{{"SomeA", "a", `"a"`}, {"SomeB", "b", `"b"`}}},
		{"no prefix", "{type: string, x-go-prefix: '', enum: [a, 2d]}", []Value{{"A", "a", `"a"`}, {"V2d", "2d", `"2d"`}}},
		{"two of one name", "{type: string, enum: [a_b, a.b]}", []Value{{"ThingAB", "a_b", `"a_b"`}, {"ThingAB2", "a.b", `"a.b"`}}},
		{"quoted as Go", "{type: string, enum: [\"a\\u00a0\"]}", []Value{{"ThingA", "a\u00a0", `"a\u00a0"`}}},
		{"integers", "{type: integer, enum: [8000, 0x10]}", []Value{{"Thing8000", "8000", "8000"}, {"Thing16", "16", "16"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pkg := of(t, "    Thing: "+tt.schema+"\n")
			assert.Len(t, pkg.Named, 1)
			assert.Equal(t, tt.want, pkg.Named[0].Values)
		})
	}
}
