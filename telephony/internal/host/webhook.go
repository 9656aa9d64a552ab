package host

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/voicelane/realtime-go/telephony"
)

// formMost bounds the body of a webhook.
const formMost = 64 << 10

// Addresses parses the public address of a handler and returns it, and that of its stream.
func Addresses(address string) (web, stream *url.URL, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, nil, errors.New("telephony: Config.URL must be the public address of the handler, such as https://voice.example.com/calls, without query, user and fragment")
	}
	s := *u
	s.Scheme = map[string]string{"https": "wss", "http": "ws"}[u.Scheme]
	return u, &s, nil
}

// Upgrades reports whether a request is the handshake of a WebSocket.
func Upgrades(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// Form reads the form of a webhook. It returns that of the body alone; r.Form has the query
// as well.
func Form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, errRequest
	}
	r.Body = http.MaxBytesReader(w, r.Body, formMost)
	if err := r.ParseForm(); err != nil {
		return nil, errRequest
	}
	return r.PostForm, nil
}

// Admit asks whether a call that was announced is taken, and for its parameters.
func (h *Host) Admit(ctx context.Context, in *telephony.Incoming) (map[string]string, error) {
	if err := h.Full(); err != nil {
		return nil, err
	}
	if h.Incoming == nil {
		return nil, nil
	}
	return h.Incoming(ctx, in)
}

// Rejected logs that a call was answered as busy.
func (h *Host) Rejected(in *telephony.Incoming, err error) {
	h.Log.Warn("a call was rejected", slog.String("carrier", h.Carrier), slog.String("call", in.CallID), slog.Any("error", err))
}

// JSON writes an answer.
func JSON(w http.ResponseWriter, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data) // After an error the carrier asks again.
}

// XML writes an answer.
func XML(w http.ResponseWriter, v any) {
	text, err := xml.Marshal(v)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(append([]byte(xml.Header), text...)) // After an error the carrier asks again.
}

// Body reads the body of a webhook and puts it back.
func Body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, formMost))
	if err != nil {
		return nil, errRequest
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}
