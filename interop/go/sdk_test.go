package interop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/realtime"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest"
)

// script is what the model hears and does in all tests.
func script() realtimetest.Script {
	return realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "good evening", Translation: "boa noite", Translated: realtimetest.Tone(400 * time.Millisecond)}},
		Rules: []realtimetest.Rule{
			{When: realtimetest.Said("weather"), Do: []realtimetest.Step{
				realtimetest.Call{Name: "weather", Arguments: `{"city":"Lisbon"}`, ID: "call_1"},
				realtimetest.Call{Name: "time", ID: "call_2"},
			}},
		},
	}
}

func serve(t *testing.T) (*realtimetest.Server, openai.Client) {
	t.Helper()
	srv := realtimetest.NewServer(&realtimetest.Config{Script: script()})
	t.Cleanup(srv.Close)
	return srv, clientOf(srv, "sk-test")
}

func clientOf(srv *realtimetest.Server, key string) openai.Client {
	return openai.NewClient(option.WithBaseURL(srv.URL), option.WithAPIKey(key), option.WithWebhookSecret(webhookSecret))
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// conversation is a connection of the SDK.
type conversation struct {
	t    *testing.T
	ctx  context.Context // Of the test.
	conn *realtime.RealtimeConnection
}

func connect(t *testing.T, client openai.Client, name, value string) *conversation {
	t.Helper()
	ctx := within(t)
	conn, err := client.Realtime.Connect(ctx, realtime.RealtimeConnectionOptions{}, option.WithQuery(name, value))
	require.NoError(t, err)
	t.Cleanup(conn.Abort)
	return &conversation{t: t, ctx: ctx, conn: conn}
}

// talk opens a conversation and reads its first event.
func talk(t *testing.T, client openai.Client) *conversation {
	t.Helper()
	c := connect(t, client, "model", "gpt-realtime")
	assert.Equal(t, "gpt-realtime", session(t, c.until("session.created"))["model"])
	return c
}

// session returns the session of an event.
func session(t *testing.T, e realtime.RealtimeServerEventUnion) map[string]any {
	t.Helper()
	var event struct {
		Session map[string]any `json:"session"`
	}
	require.NoError(t, json.Unmarshal([]byte(e.RawJSON()), &event))
	return event.Session
}

func (c *conversation) send(frames ...string) {
	c.t.Helper()
	for _, f := range frames {
		require.NoError(c.t, c.conn.SendRaw(c.ctx, json.RawMessage(f)))
	}
}

// until returns the first event of the type. Other errors than that fail the test.
func (c *conversation) until(kind string) realtime.RealtimeServerEventUnion {
	c.t.Helper()
	for {
		e, err := c.conn.Recv(c.ctx)
		require.NoError(c.t, err)
		if e.Type == kind {
			return e
		}
		require.NotEqual(c.t, "error", e.Type, e.RawJSON())
	}
}

func (c *conversation) speak(sound []byte) {
	c.t.Helper()
	for len(sound) > 0 {
		n := min(len(sound), 9600)
		event := realtime.RealtimeClientEventParamOfInputAudioBufferAppend(base64.StdEncoding.EncodeToString(sound[:n]))
		require.NoError(c.t, c.conn.Send(c.ctx, event))
		sound = sound[n:]
	}
}

const (
	textOnly = `{"type":"session.update","session":{"type":"realtime","output_modalities":["text"]}}`
	respond  = `{"type":"response.create"}`
)

// says returns the event that writes a message of the user.
func says(id, text string) string {
	return fmt.Sprintf(`{"type":"conversation.item.create","item":{"id":%q,"type":"message","role":"user","content":[{"type":"input_text","text":%q}]}}`, id, text)
}

func turn() []byte {
	return append(realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)...)
}

func TestText(t *testing.T) {
	t.Parallel()
	_, client := serve(t)
	c := talk(t, client)
	c.send(textOnly, says("item_1", "hello"))
	c.until("session.updated")
	assert.Equal(t, "item_1", c.until("conversation.item.done").AsConversationItemDone().Item.OfRealtimeConversationItemUserMessage.ID)
	c.send(respond)
	assert.Equal(t, "You said: hello", c.until("response.output_text.done").AsResponseTextDoneEvent().Text)
	done := c.until("response.done").AsResponseDoneEvent().Response
	assert.Equal(t, "completed", string(done.Status))
	assert.Positive(t, done.Usage.TotalTokens)
	c.until("rate_limits.updated")
	require.NoError(t, c.conn.Close())
}

func TestAudio(t *testing.T) {
	t.Parallel()
	_, client := serve(t)
	c := talk(t, client)
	c.speak(turn())
	c.until("input_audio_buffer.speech_started")
	c.until("input_audio_buffer.committed")
	sound := 0
	for {
		e, err := c.conn.Recv(c.ctx)
		require.NoError(t, err)
		switch e.Type {
		case "response.output_audio.delta":
			piece, err := base64.StdEncoding.DecodeString(e.AsResponseAudioDeltaEvent().Delta)
			require.NoError(t, err)
			sound += len(piece)
		case "response.output_audio_transcript.done":
			assert.Equal(t, "You said: good evening", e.AsResponseAudioTranscriptDoneEvent().Transcript)
		case "response.done":
			assert.Greater(t, sound, 48_000)
			return
		}
	}
}

func TestToolsAndReferences(t *testing.T) {
	t.Parallel()
	_, client := serve(t)
	c := talk(t, client)
	c.send(textOnly, `{"type":"session.update","session":{"type":"realtime","tools":[{"type":"function","name":"weather","parameters":{"type":"object"}}]}}`,
		says("item_1", "How is the weather?"), respond)
	assert.JSONEq(t, `{"city":"Lisbon"}`, c.until("response.function_call_arguments.done").AsResponseFunctionCallArgumentsDoneEvent().Arguments)
	done := c.until("response.done").AsResponseDoneEvent().Response
	require.Len(t, done.Output, 2)
	assert.Equal(t, "call_1", done.Output[0].OfRealtimeConversationItemFunctionCall.CallID)
	// A reference to the call before its output, as the SDK's helper sends them.
	require.NoError(t, c.conn.SendResponseCreate(c.ctx, realtime.ResponseCreateEventParam{}, []realtime.ResponseInput{
		realtime.ResponseInputReference(done.Output[0].OfRealtimeConversationItemFunctionCall.ID),
		realtime.ResponseInputItem(realtime.ConversationItemParamOfFunctionCallOutput("call_1", "sunny")),
	}))
	assert.Equal(t, "The answer is: sunny", c.until("response.output_text.done").AsResponseTextDoneEvent().Text)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(&realtimetest.Config{Credentials: func(c realtimetest.Credential) error {
		if c.Key != "good" {
			return errors.New("the key is wrong")
		}
		return nil
	}})
	t.Cleanup(srv.Close)
	c := connect(t, clientOf(srv, "bad"), "model", "m")
	refused := c.until("error")
	assert.Equal(t, "invalid_api_key", refused.AsRealtimeErrorEvent().Error.Code)
	_, err := c.conn.Recv(c.ctx)
	require.Error(t, err, "the server has closed")

	c = talk(t, clientOf(srv, "good"))
	c.send(`{"type":"response.cancel","event_id":"mine"}`)
	failed := c.until("error")
	assert.Equal(t, "response_cancel_not_active", failed.AsRealtimeErrorEvent().Error.Code)
	assert.Equal(t, "mine", failed.AsRealtimeErrorEvent().Error.EventID)
	c.send(says("not/allowed", "x"))
	assert.Equal(t, "item.id", c.until("error").AsRealtimeErrorEvent().Error.Param)
	c.send(textOnly)
	c.until("session.updated")
}

func TestTranscription(t *testing.T) {
	t.Parallel()
	_, client := serve(t)
	c := connect(t, client, "intent", "transcription")
	c.until("session.created")
	c.send(`{"type":"session.update","session":{"type":"transcription","audio":{"input":{"transcription":{"model":"gpt-4o-transcribe"}}}}}`)
	c.until("session.updated")
	c.speak(turn())
	assert.Equal(t, "good evening", c.until("conversation.item.input_audio_transcription.completed").AsConversationItemInputAudioTranscriptionCompletedEvent().Transcript)
}

func TestTranslationFinishes(t *testing.T) {
	t.Parallel()
	_, client := serve(t)
	ctx := within(t)
	translation, err := client.Realtime.ConnectTranslation(ctx, "gpt-realtime-translate", realtime.TranslationConnectionOptions{})
	require.NoError(t, err)
	t.Cleanup(translation.Abort)
	frame, err := json.Marshal(map[string]any{"type": "session.input_audio_buffer.append", "audio": turn()})
	require.NoError(t, err)
	require.NoError(t, translation.SendRaw(ctx, frame))
	var text strings.Builder
	closed := false
	require.NoError(t, translation.Finish(ctx, func(e realtime.RealtimeTranslationServerEventUnion) error {
		switch e.Type {
		case "session.output_transcript.delta":
			text.WriteString(e.AsRealtimeTranslationOutputTranscriptDeltaEvent().Delta)
		case "session.closed":
			closed = true
		}
		return nil
	}))
	assert.Equal(t, "boa noite", text.String())
	assert.True(t, closed)
}
