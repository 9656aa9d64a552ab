package telephonytest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// vonageToken returns a token over a body.
func vonageToken(secret, call string, body []byte) string {
	claims := map[string]any{"iat": time.Now().Unix(), "jti": "j-" + call, "iss": "Vonage", "api_key": "k1", "application_id": "app-1"}
	if len(body) > 0 {
		sum := sha256.Sum256(body)
		claims["payload_hash"] = hex.EncodeToString(sum[:])
	}
	data, err := json.Marshal(claims)
	if err != nil {
		return ""
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(data)
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// announceVonage sends the webhook of an application.
func (c *webhook) announceVonage(ctx context.Context, call *scene) (*destination, error) {
	body, err := json.Marshal(map[string]string{"uuid": call.id, "conversation_uuid": "CON-1", "from": call.from, "to": call.to})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.c.URL, strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.ask(r, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+vonageToken(c.c.secret(), call.id, body))
	})
	if err != nil {
		return nil, err
	}
	var actions []struct {
		Action   string `json:"action"`
		Endpoint []struct {
			Type          string            `json:"type"`
			URI           string            `json:"uri"`
			ContentType   string            `json:"content-type"`
			Headers       map[string]string `json:"headers"`
			Authorization struct {
				Type string `json:"type"`
			} `json:"authorization"`
		} `json:"endpoint"`
	}
	if err := json.Unmarshal(answer, &actions); err != nil {
		return nil, fmt.Errorf("telephonytest: the answer is no NCCO: %w", err)
	}
	if len(actions) == 0 {
		return nil, ErrBusy
	}
	e := actions[0].Endpoint
	if actions[0].Action != "connect" || len(e) != 1 || e[0].Type != "websocket" || e[0].Authorization.Type != "vonage" {
		return nil, fmt.Errorf("telephonytest: the NCCO does not connect to a WebSocket: %q", actions[0].Action)
	}
	if want := fmt.Sprintf("audio/l16;rate=%d", call.in.Rate()); e[0].ContentType != want {
		return nil, fmt.Errorf("telephonytest: the format is %q, and the carrier's %q", e[0].ContentType, want)
	}
	header := http.Header{"Authorization": {"Bearer " + vonageToken(c.c.streamSecret(), call.id, nil)}}
	return &destination{address: e[0].URI, header: header, parameters: e[0].Headers}, nil
}
