package realtimetest

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// checkCredential accepts client secrets until they expire, and checks other keys
// by [Config.Credentials].
func (a *restAPI) checkCredential(c Credential) error {
	now := a.cfg.Clock.Now()
	a.mu.Lock()
	secret := a.secrets[c.Key]
	expired := secret != nil && !now.Before(secret.expires)
	a.mu.Unlock()
	switch {
	case expired:
		return errors.New("the client secret has expired")
	case secret != nil:
		return nil
	case a.cfg.Credentials != nil:
		return a.cfg.Credentials(c)
	default:
		return anyKey(c)
	}
}

// resolve returns t with the preset of its client secret or its call.
func (a *restAPI) resolve(t target, c Credential) target {
	a.mu.Lock()
	secret := a.secrets[c.Key]
	a.mu.Unlock()
	var preset api.SessionConfig
	if secret != nil {
		preset, t.translated = secret.session, secret.translation
	}
	if t.phone = a.calls.get(t.callID); t.phone != nil {
		preset = t.phone.preset()
	}
	return t.withPreset(preset)
}

func (a *restAPI) createSecret(w http.ResponseWriter, r *restRequest) *protocol.Failure {
	var q api.ClientSecretRequest
	if f := decodeBody(r, &q); f != nil {
		return f
	}
	full, f := a.preview(q.Session)
	if f != nil {
		return f
	}
	value, expires := a.issue(q.ExpiresAfter, &secret{session: q.Session})
	body, err := json.Marshal(api.ClientSecret{Value: value, ExpiresAt: expires, Session: full})
	return reply(w, body, err)
}

func (a *restAPI) createTranslationSecret(w http.ResponseWriter, r *restRequest) *protocol.Failure {
	var q api.TranslationClientSecretRequest
	if f := decodeBody(r, &q); f != nil {
		return f
	}
	value, expires := a.issue(q.ExpiresAfter, &secret{translation: &q.Session})
	session, err := json.Marshal(q.Session)
	created := api.TranslationClientSecret{Value: value, ExpiresAt: expires}
	if err == nil {
		err = created.Session.UnmarshalJSON(session)
	}
	created.Session.ID = a.newID("sess_translation")
	created.Session.ExpiresAt = a.cfg.Clock.Now().Add(defaultLife).Unix()
	if err != nil {
		return reply(w, nil, err)
	}
	body, err := json.Marshal(created)
	return reply(w, body, err)
}

// issue registers a secret and returns its value and expiry.
func (a *restAPI) issue(after *api.ClientSecretExpiry, s *secret) (value string, expires int64) {
	seconds := 600
	if after != nil && after.Seconds != nil {
		seconds = *after.Seconds
	}
	s.expires = a.cfg.Clock.Now().Add(time.Duration(seconds) * time.Second)
	value = a.newID("ek_test")
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.secrets == nil {
		a.secrets = map[string]*secret{}
	}
	a.secrets[value] = s
	return value, s.expires.Unix()
}

// expireSecrets expires the secrets that were issued so far.
func (a *restAPI) expireSecrets() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.secrets {
		s.expires = time.Time{}
	}
}
