package mirror

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/wire"
)

func item(id, rest string) string {
	return fmt.Sprintf(`{"type":"conversation.item.added","event_id":"e","item":{"id":%q,%s}}`, id, rest)
}

// mirrorOf makes a mirror of frames of a server.
func mirrorOf(t *testing.T, m *Mirror, frames ...string) *Mirror {
	t.Helper()
	for _, f := range frames {
		e, err := api.DecodeServerEvent([]byte(f))
		require.NoError(t, err)
		m.Observe(e, false)
	}
	return m
}

// order returns the ids of a mirror's items.
func order(m *Mirror) []string {
	ids := []string{}
	for _, p := range m.items {
		ids = append(ids, p.id)
	}
	return ids
}

// addedAfter is conversation.item.added with a previous_item_id; "null" is null, and ""
// leaves it out.
func addedAfter(id, previous string) string {
	switch previous {
	case "":
	case "null":
		previous = `"previous_item_id":null,`
	default:
		previous = fmt.Sprintf(`"previous_item_id":%q,`, previous)
	}
	return fmt.Sprintf(`{"type":"conversation.item.added","event_id":"e",%s"item":{"id":%q,"type":"message","role":"system","content":[{"type":"input_text","text":"x"}]}}`, previous, id)
}

// TestMirrorOrdersItems holds where an item goes, for servers that name the item before
// it and for those that send null for every item.
func TestMirrorOrdersItems(t *testing.T) {
	t.Parallel()
	create := func(id, previous string) Ask {
		return Ask{Kind: Create, Event: "e_" + id, Item: id, previous: previous}
	}
	for name, c := range map[string]struct {
		asked  []Ask
		frames []string
		want   string
	}{
		"named":                          {nil, []string{addedAfter("a", "null"), addedAfter("b", "a"), addedAfter("c", "a")}, "a c b"},
		"null is the front once named":   {nil, []string{addedAfter("a", "null"), addedAfter("b", "a"), addedAfter("c", "null")}, "c a b"},
		"null for every item":            {nil, []string{addedAfter("a", "null"), addedAfter("b", "null"), addedAfter("c", "null")}, "a b c"},
		"absent for every item":          {nil, []string{addedAfter("a", ""), addedAfter("b", ""), addedAfter("c", "")}, "a b c"},
		"an unknown item":                {nil, []string{addedAfter("a", "null"), addedAfter("b", "?")}, "a b"},
		"asked for the front":            {[]Ask{create("b", root)}, []string{addedAfter("a", "null"), addedAfter("b", "null")}, "b a"},
		"asked for after an item":        {[]Ask{create("c", "a")}, []string{addedAfter("a", "null"), addedAfter("b", "null"), addedAfter("c", "null")}, "a c b"},
		"asked for the end":              {[]Ask{create("b", "")}, []string{addedAfter("a", "null"), addedAfter("b", "null")}, "a b"},
		"the server's word comes first":  {[]Ask{create("c", "")}, []string{addedAfter("a", "null"), addedAfter("b", "a"), addedAfter("c", "a")}, "a c b"},
		"named by the commit":            {nil, []string{addedAfter("a", "null"), `{"type":"input_audio_buffer.committed","event_id":"e","item_id":"u","previous_item_id":"a"}`, addedAfter("f", "null")}, "f a u"},
		"confirmed by an empty deletion": {[]Ask{{Kind: Delete, Item: "a"}}, []string{addedAfter("a", "null"), addedAfter("b", "null"), `{"type":"conversation.item.deleted","event_id":"e","item_id":""}`}, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &Mirror{}
			for _, a := range c.asked {
				m.Sent(a)
			}
			assert.Equal(t, strings.Fields(c.want), order(mirrorOf(t, m, c.frames...)))
			assert.Empty(t, m.asked.list)
		})
	}
}

// TestMirrorIsBounded holds that items of every kind count, and that those without room
// are listed.
func TestMirrorIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 400)
	for name, body := range map[string]string{
		"user":      `"type":"message","role":"user","content":[{"type":"input_text","text":"%s"}]`,
		"system":    `"type":"message","role":"system","content":[{"type":"input_text","text":"%s"}]`,
		"assistant": `"type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"%s"}]`,
		"call":      `"type":"function_call","call_id":"c","name":"f","status":"completed","arguments":"%s"`,
		"output":    `"type":"function_call_output","call_id":"c","output":"%s"`,
		"MCP list":  `"type":"mcp_list_tools","server_label":"s","tools":[{"name":"%s","input_schema":{}}]`,
		"MCP call":  `"type":"mcp_call","server_label":"s","name":"n","arguments":"%s"`,
		"approval":  `"type":"mcp_approval_request","server_label":"s","name":"n","arguments":"%s"`,
		"answer":    `"type":"mcp_approval_response","approval_request_id":"r","approve":true,"reason":"%s"`,
		"new":       `"type":"not_known_yet","words":"%s"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &Mirror{Limit: 2000}
			for i := range 20 {
				mirrorOf(t, m, item(strconv.Itoa(i), fmt.Sprintf(body, long)))
				assert.LessOrEqual(t, m.bytes, 2000)
			}
			assert.NotEmpty(t, m.items)
			assert.Less(t, len(m.items), 5, "a kind that does not count")
			var ids []string
			for _, l := range m.noRoom() {
				ids = append(ids, l.ID)
			}
			for i, id := range append(ids, order(m)...) {
				assert.Equal(t, strconv.Itoa(i), id, "each item is held or listed")
			}
		})
	}
	t.Run("without an answer", func(t *testing.T) {
		t.Parallel()
		m := &Mirror{Limit: 2000}
		for i := range 20 {
			m.Sent(Ask{Kind: Create, Item: strconv.Itoa(i), Data: make([]byte, 500)})
			assert.LessOrEqual(t, m.asked.bytes, 2000)
		}
		assert.Len(t, m.dropped, 16)
		m.asked = asks{}
		mirrorOf(t, m, addedAfter("3", ""))
		assert.False(t, slices.ContainsFunc(m.noRoom(), func(l Lost) bool { return l.ID == "3" }), "it is in the conversation after all")
	})
	t.Run("the list too", func(t *testing.T) {
		t.Parallel()
		m := &Mirror{Limit: 1}
		for i := range maxDropped + 3 {
			mirrorOf(t, m, addedAfter(strconv.Itoa(i), ""))
		}
		list := m.noRoom()
		require.Len(t, list, maxDropped+1)
		assert.Contains(t, list[maxDropped].Reason, "2 more items")
	})
}

// TestMirrorKnowsWhatIsWhole holds which items of a response a new link is given.
func TestMirrorKnowsWhatIsWhole(t *testing.T) {
	t.Parallel()
	const (
		begin     = `{"type":"response.created","event_id":"e","response":{"id":"r","conversation_id":"c","status":"in_progress","output":[]}}`
		aside     = `{"type":"response.created","event_id":"e","response":{"id":"r","conversation_id":null,"status":"in_progress","output":[]}}`
		call      = `"item":{"id":"f","type":"function_call","call_id":"c1","name":"look","arguments":%q,"status":%q}}`
		outAdded  = `{"type":"response.output_item.added","event_id":"e","response_id":"r","output_index":0,` + call
		outDone   = `{"type":"response.output_item.done","event_id":"e","response_id":"r","output_index":0,` + call
		itemAdded = `{"type":"conversation.item.added","event_id":"e","previous_item_id":null,` + call
		itemDone  = `{"type":"conversation.item.done","event_id":"e","previous_item_id":null,` + call
		arguments = `{"type":"response.function_call_arguments.done","event_id":"e","response_id":"r","item_id":"f","output_index":0,"call_id":"c1","name":"look","arguments":"{}"}`
		untold    = `{"type":"conversation.item.added","event_id":"e","item":{"id":"f","type":"function_call","call_id":"c1","name":"look","arguments":""}}`
		deleted   = `{"type":"conversation.item.deleted","event_id":"e","item_id":"f"}`
		done      = `{"type":"response.done","event_id":"e","response":{"id":"r","conversation_id":"c","status":"completed","output":[{"id":"f","type":"function_call","call_id":"c1","name":"look","arguments":"{}","status":"completed"}]}}`
	)
	begun, whole := []any{"", "in_progress"}, []any{"{}", "completed"}
	f := fmt.Sprintf
	const no, lost, yes = "", "lost", "restored"
	for name, c := range map[string]struct {
		frames []string
		want   string
	}{
		"begun":                        {[]string{begin, f(outAdded, begun...)}, lost},
		"added":                        {[]string{begin, f(outAdded, begun...), f(itemAdded, begun...)}, lost},
		"with arguments":               {[]string{begin, f(outAdded, begun...), f(itemAdded, begun...), arguments}, lost},
		"with output_item.done":        {[]string{begin, f(outAdded, begun...), f(itemAdded, begun...), arguments, f(outDone, whole...)}, yes},
		"with item.done":               {[]string{begin, f(itemAdded, begun...), f(itemDone, whole...)}, yes},
		"cut off by the server":        {[]string{begin, f(itemAdded, begun...), f(itemDone, "{", "incomplete")}, lost},
		"added without a status":       {[]string{begin, untold}, lost},
		"added late":                   {[]string{begin, untold, f(outDone, whole...)}, yes},
		"with arguments alone":         {[]string{begin, arguments}, yes},
		"with output_item.done alone":  {[]string{begin, f(outDone, whole...)}, yes},
		"in response.done alone":       {[]string{begin, done}, yes},
		"beside the conversation":      {[]string{aside, f(outAdded, begun...), arguments, f(outDone, whole...)}, no},
		"deleted while it runs":        {[]string{begin, f(itemAdded, begun...), deleted, f(outDone, whole...), done}, no},
		"deleted after it":             {[]string{begin, f(itemAdded, begun...), f(outDone, whole...), done, deleted}, no},
		"finished by the response":     {[]string{begin, f(outAdded, begun...), done}, yes},
		"of a response not seen begin": {[]string{f(outDone, whole...)}, yes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mirrorOf(t, &Mirror{}, c.frames...)
			got := no
			for _, p := range m.items {
				if _, reason := p.restorable(map[string]bool{}); reason != "" {
					got = lost
				} else {
					got = yes
				}
			}
			assert.Equal(t, c.want, got)
			assert.LessOrEqual(t, len(m.items), 1)
		})
	}
}

// TestRestorableInPart holds that a part of an item that cannot come back is listed.
func TestRestorableInPart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ item, want, reason string }{
		"text and audio without words":  {`"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_audio","transcript":null}]`, "a", "no transcript"},
		"text and an image not shown":   {`"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image"}]`, "a", "image"},
		"an empty message":              {`"type":"message","role":"user","content":[]`, "", "no content"},
		"an answer of text and audio":   {`"type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"a"},{"type":"output_audio"}]`, "a", "no transcript"},
		"an answer without content":     {`"type":"message","role":"assistant","status":"incomplete","content":[]`, "", "no content"},
		"an answer that is being given": {`"type":"message","role":"assistant","status":"in_progress","content":[{"type":"output_text","text":"a"}]`, "", "not finished"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mirrorOf(t, &Mirror{}, item("x", c.item))
			got, reason := m.items[0].restorable(nil)
			assert.Contains(t, reason, c.reason)
			switch got := got.(type) {
			case *api.UserMessage:
				assert.Equal(t, c.want, wire.Deref(got.Content[0].Text))
				assert.Len(t, got.Content, 1)
			case *api.AssistantMessage:
				assert.Equal(t, c.want, wire.Deref(got.Content[0].Text))
				assert.Len(t, got.Content, 1)
			default:
				assert.Empty(t, c.want)
			}
		})
	}
}

// TestMirrorIsQuiet holds what keeps an old link from being replaced, and for how long.
func TestMirrorIsQuiet(t *testing.T) {
	t.Parallel()
	for name, frame := range map[string]string{
		"a call without an output": item("f", `"type":"function_call","call_id":"c","name":"f","arguments":"{}","status":"completed"`),
		"an event without answer":  "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := &Mirror{}
				assert.True(t, m.Quiet())
				if frame != "" {
					mirrorOf(t, m, frame)
				} else {
					m.Sent(NewAsk("e", 1, &api.ConversationItemDelete{ItemID: "x"}, nil))
				}
				assert.False(t, m.Quiet())
				time.Sleep(Patience)
				assert.True(t, m.Quiet(), "it may never come")
			})
		})
	}
}
