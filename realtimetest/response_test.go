package realtimetest_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// always returns a config whose responses have the given steps.
func always(steps ...realtimetest.Step) *realtimetest.Config {
	return &realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{{Do: steps}}}}
}

func TestTextResponse(t *testing.T) {
	t.Parallel()
	client, _ := start(t, nil)
	client.send(textOnly, userHello, `{"type":"response.create","response":{"metadata":{"k":"v"}}}`)
	client.expect("session.updated", "conversation.item.added", "conversation.item.done")
	events := client.expect(textResponse...)
	client.quiet()

	created := first[*api.ResponseCreated](t, events).Response
	assert.Equal(t, api.ResponseStatusInProgress, created.Status)
	assert.True(t, created.Usage.IsNull())
	assert.Empty(t, created.Output)
	added := as[*api.AssistantMessage](t, first[*api.ResponseOutputItemAdded](t, events).Item)
	assert.Equal(t, api.ItemStatusInProgress, *added.Status)
	var deltas strings.Builder
	for _, d := range all[*api.ResponseOutputTextDelta](events) {
		deltas.WriteString(d.Delta)
	}
	text := deltas.String()
	assert.Equal(t, "You said: hello", text)
	assert.Equal(t, text, first[*api.ResponseOutputTextDone](t, events).Text)
	assert.Equal(t, text, *first[*api.ResponseContentPartDone](t, events).Part.Text)
	item := as[*api.AssistantMessage](t, first[*api.ResponseOutputItemDone](t, events).Item)
	assert.Equal(t, text, *item.Content[0].Text)
	assert.Equal(t, api.ItemStatusCompleted, *item.Status)
	done := first[*api.ResponseDone](t, events).Response
	require.Len(t, done.Output, 1)
	metadata, _ := done.Metadata.Get()
	assert.Equal(t, "v", metadata["k"])
	_, inConversation := done.ConversationID.Get()
	assert.True(t, inConversation)
}

func TestSpokenResponse(t *testing.T) {
	t.Parallel()
	voice := sampleOf(t, "answer-tomorrow")
	client, _ := start(t, always(realtimetest.Say{Text: "Tomorrow it will rain.", Audio: voice}))
	client.send(respond)
	events := client.until("rate_limits.updated")
	client.quiet()

	var sound bytes.Buffer
	var transcript string
	for _, e := range events {
		switch e := e.(type) {
		case *api.ResponseOutputAudioDelta:
			assert.NotEmpty(t, transcript, "words come before the sound of them")
			sound.Write(e.Delta)
		case *api.ResponseOutputAudioTranscriptDelta:
			transcript += e.Delta
		default:
		}
	}
	assert.Equal(t, voice, sound.Bytes())
	assert.Equal(t, "Tomorrow it will rain.", transcript)
	assert.Equal(t, transcript, first[*api.ResponseOutputAudioTranscriptDone](t, events).Transcript)
	part := first[*api.ResponseContentPartDone](t, events).Part
	assert.Equal(t, api.ContentPartTypeAudio, part.Type)
	item := as[*api.AssistantMessage](t, first[*api.ResponseOutputItemDone](t, events).Item)
	assert.Equal(t, api.AssistantContentTypeOutputAudio, item.Content[0].Type)
	done := first[*api.ResponseDone](t, events).Response
	assert.Equal(t, api.VoiceAlloy, done.Audio.Output.Voice)

	// The order of the endings.
	got := summaries(events)
	assert.Equal(t, []string{
		"response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done",
		"response.output_item.done", "conversation.item.done", "response.done completed", "rate_limits.updated",
	}, got[len(got)-7:])
}

func TestFunctionCalls(t *testing.T) {
	t.Parallel()
	client, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("time"), Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
			now, _ := turn.Result("time")
			place, _ := turn.Result("place")
			return []realtimetest.Step{realtimetest.Say{Text: "It is " + now + " in " + place + "."}}
		}},
		{When: realtimetest.Said("hello"), Do: []realtimetest.Step{
			realtimetest.Call{Name: "time", Arguments: `{"zone":"Europe/Lisbon"}`, ID: "call-1"},
			realtimetest.Call{Name: "place"},
		}},
	}}})
	client.send(textOnly, userHello, respond)
	client.expect("session.updated", "conversation.item.added", "conversation.item.done")
	call := []string{
		"response.output_item.added", "conversation.item.added", "response.function_call_arguments.delta",
		"response.function_call_arguments.done", "response.output_item.done", "conversation.item.done",
	}
	events := client.expect(concat([]string{"response.created"}, call, call, []string{"response.done completed", "rate_limits.updated"})...)
	done := all[*api.ResponseFunctionCallArgumentsDone](events)
	assert.Equal(t, `{"zone":"Europe/Lisbon"}`, done[0].Arguments)
	assert.Equal(t, "time", done[0].Name)
	assert.Equal(t, "call-1", done[0].CallID)
	items := all[*api.ResponseOutputItemDone](events)
	assert.Equal(t, `{}`, as[*api.FunctionCall](t, items[1].Item).Arguments)
	assert.Equal(t, 1, items[1].OutputIndex)

	for _, c := range []struct{ id, output string }{{"call-1", "noon"}, {done[1].CallID, "Lisbon"}} {
		client.sendEvent(&api.ConversationItemCreate{Item: api.FunctionOutput(c.id, c.output)})
		client.expect("conversation.item.added", "conversation.item.done")
	}
	client.send(respond)
	assert.Equal(t, "It is noon in Lisbon.", first[*api.ResponseOutputTextDone](t, client.expect(textResponse...)).Text)
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	message := []string{
		"response.created", "response.output_item.added", "conversation.item.added", "response.content_part.added",
		"response.output_text.delta", "response.output_text.done", "response.content_part.done",
		"response.output_item.done", "conversation.item.done",
	}
	say := realtimetest.Say{Text: "One two three four five six seven eight nine ten."}
	for name, c := range map[string]struct {
		create string
		steps  []realtimetest.Step
		want   []string
	}{
		"two messages": {respond, []realtimetest.Step{say, say}, concat(message, message[1:], []string{"response.done completed"})},
		"nothing":      {respond, []realtimetest.Step{}, []string{"response.created", "response.done completed"}},
		"failed": {
			respond,
			[]realtimetest.Step{realtimetest.Fail{Code: "server_error", Message: "out of order"}},
			[]string{"response.created", "response.done failed"},
		},
		"filtered": {
			respond,
			[]realtimetest.Step{say, realtimetest.Stop(api.ResponseStatusReasonContentFilter)},
			concat(message, []string{"response.done incomplete content_filter"}),
		},
		"out of tokens": {
			`{"type":"response.create","response":{"max_output_tokens":3}}`,
			[]realtimetest.Step{say},
			concat(message, []string{"response.done incomplete max_output_tokens"}),
		},
		"refused": {
			`{"type":"response.create","event_id":"r"}`,
			[]realtimetest.Step{realtimetest.Refuse{Code: api.Value("rate_limit_exceeded"), Message: "slow down"}},
			[]string{"error rate_limit_exceeded r"},
		},
		"an event of one's own": {
			respond,
			[]realtimetest.Step{realtimetest.Emit{Event: &api.MCPListToolsInProgress{ItemID: "x"}}},
			[]string{"response.created", "mcp_list_tools.in_progress", "response.done completed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := always(c.steps...)
			cfg.NoRateLimits = true
			client, _ := start(t, cfg)
			client.send(textOnly)
			client.expect("session.updated")
			client.send(c.create)
			events := client.expect(c.want...)
			client.quiet()
			for _, e := range events {
				assert.NotEmpty(t, api.ServerEventID(e))
			}
		})
	}
}

func TestOneResponseAtATime(t *testing.T) {
	t.Parallel()
	client, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{Times: 1, Do: []realtimetest.Step{realtimetest.Hang{}}},
	}}})
	client.send(textOnly, respond)
	client.expect("session.updated", "response.created")
	client.send(`{"type":"response.create","event_id":"second"}`)
	client.expect("error conversation_already_has_active_response second")

	// Out of band it runs beside the other one and does not change the conversation.
	client.send(`{"type":"response.create","response":{"conversation":"none","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"aside"}]}]}}`)
	events := client.expect("response.created", "response.output_item.added", "response.content_part.added",
		"response.output_text.delta", "response.output_text.done", "response.content_part.done",
		"response.output_item.done", "response.done completed", "rate_limits.updated")
	aside := first[*api.ResponseDone](t, events).Response
	assert.True(t, aside.ConversationID.IsNull())
	assert.Equal(t, "You said: aside", first[*api.ResponseOutputTextDone](t, events).Text)

	client.send(`{"type":"response.cancel","response_id":"` + aside.ID + `"}`)
	client.expect("error response_cancel_not_active")
	client.send(`{"type":"response.cancel"}`)
	client.expect("response.done cancelled client_cancelled", "rate_limits.updated")
	client.send(respond)
	client.expect(textResponse...)
}

func TestInputReferences(t *testing.T) {
	t.Parallel()
	client, _ := start(t, nil)
	client.send(textOnly, userHello, respond)
	events := client.until("rate_limits.updated")
	id := *as[*api.UserMessage](t, first[*api.ConversationItemAdded](t, events).Item).ID
	client.send(`{"type":"response.create","response":{"conversation":"none","input":[{"type":"item_reference","id":"` + id + `"}]}}`)
	events = client.until("rate_limits.updated")
	assert.Equal(t, "You said: hello", first[*api.ResponseOutputTextDone](t, events).Text)
	client.send(`{"type":"response.create","response":{"input":[]}}`)
	events = client.until("rate_limits.updated")
	assert.Equal(t, "I am listening.", first[*api.ResponseOutputTextDone](t, events).Text)
}

// interrupted returns a client that receives a long response in real time, and the
// events that it has read.
func interrupted(t *testing.T) (*client, []api.ServerEvent) {
	t.Helper()
	client, _ := start(t, &realtimetest.Config{
		Script: realtimetest.Script{Rules: []realtimetest.Rule{
			{Times: 1, Do: []realtimetest.Step{realtimetest.Say{Text: "A long story.", Audio: realtimetest.Tone(time.Minute)}}},
		}},
		Pace: 1,
	})
	client.send(respond)
	var events []api.ServerEvent
	for range 4 {
		events = append(events, client.until("response.output_audio.delta")...)
	}
	return client, events
}

func TestBargeIn(t *testing.T) {
	t.Parallel()
	client, before := interrupted(t)
	client.appendAudio(realtimetest.Tone(time.Second))
	events := client.until("rate_limits.updated")
	assert.Subset(t, summaries(events), []string{
		"input_audio_buffer.speech_started", "response.output_audio.done", "response.output_audio_transcript.done",
		"response.content_part.done", "response.output_item.done", "conversation.item.done",
		"response.done cancelled turn_detected",
	})
	client.quiet()
	item := as[*api.AssistantMessage](t, first[*api.ResponseOutputItemDone](t, events).Item)
	assert.Equal(t, api.ItemStatusIncomplete, *item.Status)
	heard := *item.Content[0].Transcript
	assert.NotEqual(t, "A long story.", heard, "only the words that were sent")

	var sent int
	for _, d := range all[*api.ResponseOutputAudioDelta](append(before, events...)) {
		sent += int(audio.PCM24k.Duration(len(d.Delta)).Milliseconds())
	}
	truncate := func(ms int) {
		client.sendEvent(&api.ConversationItemTruncate{EventID: new("t"), ItemID: *item.ID, AudioEndMS: ms})
	}
	truncate(0)
	client.expect("error invalid_value audio_end_ms t")
	truncate(sent + 1)
	client.expect("error invalid_value audio_end_ms t")
	truncate(sent)
	client.expect("conversation.item.truncated")
	truncate(150)
	assert.Equal(t, 150, first[*api.ConversationItemTruncated](t, client.expect("conversation.item.truncated")).AudioEndMS)
	truncate(200)
	client.expect("error invalid_value audio_end_ms t")

	client.sendEvent(&api.ConversationItemRetrieve{ItemID: *item.ID})
	kept := as[*api.AssistantMessage](t, first[*api.ConversationItemRetrieved](t, client.expect("conversation.item.retrieved")).Item)
	assert.Nil(t, kept.Content[0].Transcript)
	assert.Equal(t, 150, int(audio.PCM24k.Duration(len(kept.Content[0].Audio)).Milliseconds()))

	client.sendEvent(&api.ConversationItemTruncate{ItemID: *item.ID, ContentIndex: 1, AudioEndMS: 1})
	client.expect("error invalid_value content_index")
}

func TestSpeechDoesNotInterruptUnlessAsked(t *testing.T) {
	t.Parallel()
	client, _ := start(t, always(realtimetest.Hang{}))
	client.send(`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad","interrupt_response":false,"create_response":false}}}}}`, respond)
	client.expect("session.updated", "response.created")
	client.appendAudio(append(realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)...))
	client.expect(turnEvents...)
	client.quiet()
}

func TestVoiceIsFixedOnceItHasSpoken(t *testing.T) {
	t.Parallel()
	voice := func(name string) string {
		return `{"type":"session.update","session":{"type":"realtime","audio":{"output":{"voice":` + name + `}}}}`
	}
	client, _ := start(t, nil)
	client.send(voice(`{"id":"voice_1"}`), respond)
	client.expect("session.updated")
	done := first[*api.ResponseDone](t, client.until("rate_limits.updated")).Response
	assert.Equal(t, api.VoiceName("voice_1"), done.Audio.Output.Voice, "a string even for a voice of one's own")
	client.send(voice(`"marin"`), voice(`{"id":"voice_1"}`))
	client.expect("error cannot_update_voice session.audio.output.voice", "session.updated")
}

func TestUsageAddsUp(t *testing.T) {
	t.Parallel()
	client, _ := start(t, nil)
	client.send(`{"type":"session.update","session":{"type":"realtime","instructions":"Be brief and kind."}}`, userHello)
	client.send(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]}}`)
	client.sendEvent(&api.ConversationItemCreate{Item: api.UserAudio(realtimetest.Tone(2 * time.Second))})
	var tokensLeft, requestsLeft []int
	for turn := range 2 {
		client.send(respond)
		events := client.until("rate_limits.updated")
		u, ok := first[*api.ResponseDone](t, events).Response.Usage.Get()
		require.True(t, ok)
		in, out := u.InputTokenDetails, u.OutputTokenDetails
		assert.Equal(t, u.TotalTokens, u.InputTokens+u.OutputTokens)
		assert.Equal(t, u.InputTokens, in.TextTokens+in.AudioTokens+in.ImageTokens)
		assert.Equal(t, u.OutputTokens, out.TextTokens+out.AudioTokens)
		assert.GreaterOrEqual(t, in.AudioTokens, 20)
		assert.Equal(t, 85, in.ImageTokens)
		assert.Positive(t, out.AudioTokens)
		c := in.CachedTokensDetails
		assert.Equal(t, in.CachedTokens, c.TextTokens+c.AudioTokens+c.ImageTokens)
		assert.Equal(t, turn == 1, in.CachedTokens > 0)
		limits := first[*api.RateLimitsUpdated](t, events).RateLimits
		requestsLeft = append(requestsLeft, limits[0].Remaining)
		tokensLeft = append(tokensLeft, limits[1].Remaining)
		if turn == 1 {
			assert.Equal(t, u.TotalTokens, tokensLeft[0]-tokensLeft[1])
			assert.Equal(t, 1, requestsLeft[0]-requestsLeft[1])
		}
	}
}

// Truncating a response in progress keeps the audio that was played.
func TestTruncatedItemStaysShort(t *testing.T) {
	t.Parallel()
	c, _ := start(t, &realtimetest.Config{Pace: 20, Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{Do: []realtimetest.Step{realtimetest.Say{Text: "one two three four", Audio: realtimetest.Tone(2 * time.Second)}}},
	}}})
	c.send(respond)
	delta := first[*api.ResponseOutputAudioDelta](t, c.until("response.output_audio.delta"))
	c.sendEvent(&api.ConversationItemTruncate{ItemID: delta.ItemID, AudioEndMS: 50})
	done := first[*api.ResponseDone](t, c.until("response.done completed"))
	item := as[*api.AssistantMessage](t, done.Response.Output[0])
	assert.Nil(t, item.Content[0].Transcript)
	assert.Equal(t, api.ItemStatusCompleted, *item.Status)
	c.sendEvent(&api.ConversationItemRetrieve{ItemID: delta.ItemID})
	got := first[*api.ConversationItemRetrieved](t, c.until("conversation.item.retrieved"))
	assert.Len(t, as[*api.AssistantMessage](t, got.Item).Content[0].Audio, 50*48)
}

// A rule that has refused a text does not match it again: a client that tries again
// gets the next rule, and later turns do not repeat the refused text.
func TestARefusedTextIsRefusedOnce(t *testing.T) {
	t.Parallel()
	refuse := realtimetest.Refuse{Code: api.Value("rate_limit_exceeded"), Message: "slow down"}
	for name, c := range map[string]struct {
		times, want int
	}{"once": {0, 1}, "twice": {2, 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
				{When: realtimetest.Said("weather"), Times: c.times, Do: []realtimetest.Step{refuse}},
				{When: realtimetest.Said("weather"), Times: 1, Do: []realtimetest.Step{realtimetest.Say{Text: "Sunny."}}},
			}}})
			client.send(textOnly)
			for range c.want {
				client.ask("How is the weather?", "error rate_limit_exceeded")
			}
			client.send(respond)
			events := client.until("rate_limits.updated")
			assert.Equal(t, "Sunny.", first[*api.ResponseOutputTextDone](t, events).Text)
			events = client.ask("And tomorrow?", "rate_limits.updated")
			assert.Equal(t, "You said: And tomorrow?", first[*api.ResponseOutputTextDone](t, events).Text)
			if c.times == 0 {
				client.ask("The weather on Sunday?", "error rate_limit_exceeded")
				events = client.ask("Hello?", "rate_limits.updated")
				assert.Contains(t, first[*api.ResponseOutputTextDone](t, events).Text, "Hello?")
			}
		})
	}
}
