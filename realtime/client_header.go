package realtime

import (
	"net/http"
	"os"

	"github.com/voicelane/realtime-go/internal/header"
)

// setHeader sets the headers of all requests of a client: the account's, except on Azure,
// the User-Agent, and those of the caller.
func (s *settings) setHeader(c *Config) error {
	s.header = http.Header{}
	if s.azure == nil {
		setIf(s.header, "Openai-Organization", firstOf(c.Organization, os.Getenv("OPENAI_ORG_ID")))
		setIf(s.header, "Openai-Project", firstOf(c.Project, os.Getenv("OPENAI_PROJECT_ID")))
	}
	s.header.Set("User-Agent", firstOf(c.UserAgent, header.UserAgent()))
	return header.Add(s.header, c.Header)
}

func setIf(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}
