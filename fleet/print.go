package fleet

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

// Format prints the configuration without the passwords of URL and without Options, which may
// contain credentials.
func (c Config) Format(f fmt.State, _ rune) {
	conn := "none"
	if c.Conn != nil {
		conn = "set"
	}
	fmt.Fprintf(f, "fleet.Config{Conn:%s, URL:%q, Options:%d, Name:%q, Lease:%s, Shards:%d, Replicas:%d, MaxBytes:%d}",
		conn, redacted(c.URL), len(c.Options), c.Name, c.Lease, c.Shards, c.Replicas, c.MaxBytes)
}

// LogValue returns what Format prints.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalJSON encodes what Format prints, as one string.
func (c Config) MarshalJSON() ([]byte, error) {
	return json.Marshal(fmt.Sprint(c)) //nolint:wrapcheck // A string.
}

// redacted returns addresses without the user, the password or the token in front of the host.
// Of what is not a URL nothing is shown.
func redacted(urls string) string {
	if urls == "" {
		return ""
	}
	var all []string
	for address := range strings.SplitSeq(urls, ",") {
		address = strings.TrimSpace(address)
		if !strings.Contains(address, "://") {
			address = "nats://" + address // As the client does.
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			all = append(all, "***")
			continue
		}
		user := ""
		if u.User != nil {
			user = "***@"
		}
		all = append(all, u.Scheme+"://"+user+u.Host)
	}
	return strings.Join(all, ",")
}

// Format prints the name of the deployment.
func (f *Fleet) Format(s fmt.State, _ rune) {
	if f == nil {
		_, _ = io.WriteString(s, "fleet.Fleet(nil)")
		return
	}
	fmt.Fprintf(s, "fleet.Fleet(%s)", f.cfg.Name)
}

// LogValue returns what Format prints.
func (f *Fleet) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(f)) }

// Format prints the id of the call and the number of its workers, without its content.
func (j *Job) Format(s fmt.State, _ rune) {
	if j == nil || j.in == nil {
		_, _ = io.WriteString(s, "fleet.Job(nil)")
		return
	}
	fmt.Fprintf(s, "fleet.Job(%s, epoch %d)", j.ID(), j.Epoch())
}

// LogValue returns what Format prints.
func (j *Job) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(j)) }
