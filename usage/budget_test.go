package usage

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// session opens a session with a test server whose second response takes a minute.
func session(t *testing.T, meters ...*Meter) *realtime.Session {
	t.Helper()
	srv := realtimetest.New(&realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("slow"), Do: []realtimetest.Step{realtimetest.Wait(time.Minute), realtimetest.Say{Text: "Here."}}},
	}}})
	t.Cleanup(srv.Close)
	client, err := realtime.NewClient(&realtime.Config{APIKey: "any", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
	require.NoError(t, err)
	o := &realtime.Options{}
	for _, m := range meters {
		o.Taps = append(o.Taps, m.Tap())
	}
	s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime-2.1"), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	s.Discard()
	for _, m := range meters {
		m.Guard(s)
	}
	return s
}

func ask(t *testing.T, s *realtime.Session, text string) *realtime.ResponseStream {
	t.Helper()
	require.NoError(t, s.SendText(t.Context(), text))
	stream, err := s.Respond(t.Context(), nil)
	require.NoError(t, err)
	return stream
}

func TestAMeterCountsASession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(nil)
		s := session(t, m)
		answer, err := ask(t, s, "Hello.").Answer(t.Context())
		require.NoError(t, err)
		used, ok := answer.Response.Usage.Get()
		require.True(t, ok)
		total, err := m.Bill().Total()
		require.NoError(t, err)
		assert.Positive(t, total)
		count := m.Bill().Tokens()
		assert.EqualValues(t, used.InputTokens, count.Input.Total())
		assert.EqualValues(t, used.OutputTokens, count.Output.Total())
	})
}

// AfterResponse: the response that runs when the budget is spent is the last.
func TestABudgetEndsTheSessionAfterTheResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(&Options{Budget: Budget{Limit: 1}})
		s := session(t, m)
		_, err := ask(t, s, "Hello.").Answer(t.Context())
		require.NoError(t, err)
		<-s.Done()
		spent := requireSpent(t, s.Err())
		assert.Equal(t, "session", spent.Account)
		assert.Equal(t, Money(1), spent.Limit)
		assert.Greater(t, spent.Spent, spent.Limit)
		require.ErrorIs(t, m.Spent(), spent)
		_ = requireSpent(t, s.SendText(t.Context(), "And?"))
	})
}

func requireSpent(t *testing.T, err error) *BudgetError {
	t.Helper()
	var spent *BudgetError
	require.ErrorAs(t, err, &spent)
	return spent
}

// A tenant's budget ends all of its sessions: at once in the middle of a response, or
// after it.
func TestATenantsBudgetEndsAllItsSessions(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]Stop{"after the response": AfterResponse, "at once": AtOnce} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tenant := NewAccount(&AccountOptions{Name: "tenant", Budget: Budget{Limit: 1, Stop: stop}})
				first, second := session(t, NewMeter(&Options{Account: tenant})), session(t, NewMeter(&Options{Account: tenant}))
				slow := ask(t, second, "Be slow.")
				began := time.Now()
				_, err := ask(t, first, "Hello.").Answer(t.Context())
				require.NoError(t, err)
				<-first.Done()
				_, err = slow.Answer(t.Context())
				<-second.Done()
				_ = requireSpent(t, second.Err())
				if stop == AtOnce {
					_ = requireSpent(t, err)
					assert.Less(t, time.Since(began), time.Minute)
				} else {
					require.NoError(t, err)
					assert.GreaterOrEqual(t, time.Since(began), time.Minute)
				}
				require.Error(t, tenant.Spent())
			})
		})
	}
}

// Costs in two currencies are not added up: the account has no price for one of them, which
// its budget takes for spent, and the session keeps its own.
func TestAccountsHaveOneCurrency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, currency string
		free, refused  bool
	}{{"another", "EUR", false, true}, {"the same", "USD", false, false}, {"none", "", false, false}, {"free in another", "EUR", true, false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			limit, err := ParseMoney("100")
			require.NoError(t, err)
			company := NewAccount(&AccountOptions{Name: "company", Budget: Budget{Limit: limit}})
			tenant := NewAccount(&AccountOptions{Name: "tenant", Parent: company})
			price := Price{Text: Rate{unit, unit, unit}, Audio: Rate{unit, unit, unit}, Image: Rate{unit, unit, unit}}
			if c.free {
				price = Price{Free: true}
			}
			m := NewMeter(&Options{Account: tenant, Prices: &Prices{Currency: c.currency, Models: map[string]Price{"own": price}}})
			feed(t, m, created("own"), done("r", "completed", full))
			_, err = m.Bill().Total()
			require.NoError(t, err)
			assert.Equal(t, c.currency, m.Bill().Currency)
			for _, a := range []*Account{tenant, company} {
				_, err = a.Bill().Total()
				assert.Equal(t, c.refused, errors.Is(err, ErrCurrency), "%v", err)
			}
			assert.Equal(t, c.refused, errors.Is(company.Spent(), ErrCurrency))
			assert.Equal(t, c.refused, m.Spent() != nil)
		})
	}
}

func TestWarningsComeOnce(t *testing.T) {
	t.Parallel()
	var warned []Money
	m := NewMeter(&Options{Budget: Budget{Warn: 1, OnWarn: func(spent Money) { warned = append(warned, spent) }}})
	feed(t, m, created("gpt-realtime-2"), done("r", "completed", full), done("s", "completed", full))
	assert.Len(t, warned, 1)
	require.NoError(t, m.Spent())
}

// A budget is spent when its limit is reached, not when it is exceeded.
func TestABudgetEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	var limit Money
	require.NoError(t, limit.UnmarshalText([]byte("0.0059104")))
	for extra, spent := range map[Money]bool{0: true, 1: false} {
		m := NewMeter(&Options{Budget: Budget{Limit: limit + extra}})
		feed(t, m, created("gpt-realtime-2.1"), done("r", "completed", full))
		var over *BudgetError
		assert.Equal(t, spent, errors.As(m.Spent(), &over))
	}
}

// What cannot be priced cannot be limited.
func TestABudgetIsSpentByWhatHasNoPrice(t *testing.T) {
	t.Parallel()
	m := NewMeter(&Options{Budget: Budget{Limit: unit}})
	feed(t, m, created("gpt-9"), done("r", "completed", full))
	spent := requireSpent(t, m.Spent())
	require.ErrorIs(t, spent, ErrNoPrice)
	assert.ErrorContains(t, spent, `"gpt-9"`)
}

// A session that ends by itself leaves nothing behind at the budget.
func TestGuardsEndWithTheirSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant := NewAccount(&AccountOptions{Budget: Budget{Limit: unit}})
		s := session(t, NewMeter(&Options{Account: tenant}))
		require.NoError(t, s.Close())
		synctest.Wait()
		tenant.Add(Entry{Model: "m", Cost: Cost{Audio: 2 * unit}})
		synctest.Wait()
		require.Error(t, tenant.Spent())
		require.ErrorIs(t, s.Err(), io.EOF)
	})
}

func TestEntriesHoldNoContent(t *testing.T) {
	t.Parallel()
	var entries []Entry
	m := NewMeter(&Options{OnEntry: func(e Entry) { entries = append(entries, e) }})
	feed(t, m, created("gpt-realtime-2"),
		`{"type":"conversation.item.input_audio_transcription.completed","event_id":"e","item_id":"item_1",
			"content_index":0,"transcript":"my number is 5551234567","usage":{"type":"duration","seconds":1}}`,
		done("r", "completed", full))
	require.Len(t, entries, 2)
	assert.True(t, entries[0].Transcript())
	assert.Equal(t, Entry{ID: "r", Session: "sess_1", Model: "gpt-realtime-2", Status: "completed", Count: entries[1].Count, Cost: entries[1].Cost}, entries[1])
	assert.NotContains(t, fmt.Sprintf("%+v", m.Bill()), "555")
}

// A server that begins responses and does not end them neither fills the memory nor keeps a
// session alive whose budget is spent.
func TestResponsesWithoutAnEnd(t *testing.T) {
	t.Parallel()
	begun := func(id, conversation string) string {
		return fmt.Sprintf(`{"type":"response.created","event_id":"e","response":{"id":%q,"conversation_id":%s}}`, id, conversation)
	}
	m := NewMeter(nil)
	for i := range 1000 {
		feed(t, m, begun(fmt.Sprint("lost", i), `"conv_1"`))
	}
	assert.Len(t, m.running, 1, "a conversation has one response at a time")
	feed(t, m, begun("last", `"conv_1"`), done("last", "completed", full))
	assert.Empty(t, m.running)
	for i := range 1000 {
		feed(t, m, begun(fmt.Sprint("outside", i), "null"))
	}
	assert.Len(t, m.running, mostRunning)

	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(&Options{Budget: Budget{Limit: 1}})
		s := session(t, m)
		feed(t, m, begun("outside", "null"))
		began := time.Now()
		_, err := ask(t, s, "Hello.").Answer(t.Context())
		require.NoError(t, err)
		<-s.Done()
		_ = requireSpent(t, s.Err())
		assert.LessOrEqual(t, time.Since(began), 2*patience)
	})
}
