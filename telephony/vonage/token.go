package vonage

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
)

const (
	// tokenMost bounds a token.
	tokenMost = 4 << 10
	// tokenAge is how old a token may be: the carrier promises no expiry.
	tokenAge = 5 * time.Minute
)

// claims are the members of a token that count.
type claims struct {
	IssuedAt    int64  `json:"iat"`
	Expires     int64  `json:"exp,omitempty"`
	ID          string `json:"jti"`
	Application string `json:"application_id"`
	PayloadHash string `json:"payload_hash,omitempty"`
}

// verify returns the claims of a token of the carrier. HS256 is the only algorithm.
func verify(token, secret string, now time.Time) (c claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(token) > tokenMost || len(parts) != 3 {
		return c, false
	}
	var head struct {
		Algorithm string `json:"alg"`
	}
	if !decode(parts[0], &head) || head.Algorithm != "HS256" {
		return c, false
	}
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(parts[0] + "." + parts[1]))
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !hmac.Equal(signature, h.Sum(nil)) || !decode(parts[1], &c) {
		return c, false
	}
	age := now.Sub(time.Unix(c.IssuedAt, 0))
	return c, age.Abs() <= tokenAge && (c.Expires == 0 || now.Unix() <= c.Expires)
}

func decode(part string, v any) bool {
	data, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(data, v) == nil
}

// covers reports whether a token is for a body; one without a hash is for none.
func (c *claims) covers(body []byte) bool {
	if len(body) == 0 {
		return true
	}
	sum := sha256.Sum256(body)
	return hmac.Equal([]byte(c.PayloadHash), []byte(hex.EncodeToString(sum[:])))
}

// issue returns a token of the application for the REST API.
func issue(application string, key *rsa.PrivateKey, now time.Time) (string, error) {
	body, err := json.Marshal(claims{IssuedAt: now.Unix(), Expires: now.Add(tokenAge).Unix(), ID: rand.Text(), Application: application})
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
