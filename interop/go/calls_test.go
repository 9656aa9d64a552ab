package interop

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/realtime"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest"
)

var webhookSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of the tests alone"))

func TestSecrets(t *testing.T) {
	t.Parallel()
	srv, client := serve(t)
	secret, err := client.Realtime.ClientSecrets.New(within(t), realtime.ClientSecretNewParams{
		Session: realtime.ClientSecretNewParamsSessionUnion{OfRealtime: &realtime.RealtimeSessionCreateRequestParam{
			Model: "gpt-realtime", Instructions: openai.String("Sing."),
		}},
	})
	require.NoError(t, err)
	require.NotEmpty(t, secret.Value)
	c := connect(t, clientOf(srv, secret.Value), "model", "gpt-realtime")
	assert.Equal(t, "Sing.", session(t, c.until("session.created"))["instructions"])
	translation, err := client.Realtime.Translations.ClientSecrets.New(within(t), realtime.TranslationClientSecretNewParams{
		RealtimeTranslationClientSecretCreateRequest: realtime.RealtimeTranslationClientSecretCreateRequestParam{},
	}, option.WithJSONSet("session.model", "gpt-realtime-translate"))
	require.NoError(t, err)
	assert.NotEmpty(t, translation.Value)
}

// ring places a call whose webhook the SDK unwraps, and accepts it with the SDK.
func ring(t *testing.T, srv *realtimetest.Server, client openai.Client) *realtimetest.PhoneCall {
	t.Helper()
	ids := make(chan string, 1)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		event, err := client.Webhooks.Unwrap(body, r.Header)
		if err != nil || event.Type != "realtime.call.incoming" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		ids <- event.AsRealtimeCallIncoming().Data.CallID
	}))
	t.Cleanup(app.Close)
	call, err := srv.Ring(within(t), &realtimetest.Ringing{URL: app.URL, Secret: webhookSecret, From: "<tel:+15550100>"})
	require.NoError(t, err)
	id := <-ids
	require.Equal(t, call.ID(), id)
	require.NoError(t, client.Realtime.Calls.Accept(within(t), id, realtime.CallAcceptParams{
		RealtimeSessionCreateRequest: realtime.RealtimeSessionCreateRequestParam{Model: "gpt-realtime"},
	}))
	return call
}

func TestWebhookCallAndSidebands(t *testing.T) {
	t.Parallel()
	srv, client := serve(t)
	call := ring(t, srv, client)
	lost := connect(t, client, "call_id", call.ID())
	lost.send(textOnly)
	lost.until("session.updated")
	lost.conn.Abort()

	sideband := connect(t, client, "call_id", call.ID())
	sideband.send(textOnly)
	sideband.until("session.updated")
	require.NoError(t, call.Say(within(t), realtimetest.Tone(1e9)))
	sideband.until("input_audio_buffer.speech_started")
	assert.Equal(t, "You said: good evening", sideband.until("response.output_text.done").AsResponseTextDoneEvent().Text)
	require.NoError(t, client.Realtime.Calls.Hangup(within(t), call.ID()))
	for {
		if _, err := sideband.conn.Recv(sideband.ctx); err != nil {
			require.NoError(t, sideband.ctx.Err(), "the hang-up closes the sideband")
			break
		}
	}
	end, err := call.Ended(within(t))
	require.NoError(t, err)
	assert.Equal(t, realtimetest.EndHangup, end.By)
}

func TestCallsAreTransferredRejectedAndCreated(t *testing.T) {
	t.Parallel()
	srv, client := serve(t)
	call := ring(t, srv, client)
	require.NoError(t, client.Realtime.Calls.Refer(within(t), call.ID(), realtime.CallReferParams{TargetUri: "tel:+15550101"}))
	end, err := call.Ended(within(t))
	require.NoError(t, err)
	assert.Equal(t, "tel:+15550101", end.Target)
	err = client.Realtime.Calls.Reject(within(t), call.ID(), realtime.CallRejectParams{})
	var refused *openai.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, http.StatusNotFound, refused.StatusCode)

	res, err := client.Realtime.Calls.New(within(t), realtime.CallNewParams{
		Sdp:     "v=0\r\n",
		Session: realtime.RealtimeSessionCreateRequestParam{Model: "gpt-realtime"},
	})
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.True(t, bytes.HasPrefix(answer, []byte("v=0")))
	id := res.Header.Get("Location")
	require.NotNil(t, srv.Call(id[strings.LastIndex(id, "/")+1:]))
}
