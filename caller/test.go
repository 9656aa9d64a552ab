package caller

import (
	"errors"
	"testing"
	"testing/synctest"
)

// Test runs a scenario against a program, fails the test for each expectation that is not
// met and each limit that is exceeded, and returns the report, which it logs. Against a
// scripted server a call runs in a bubble of testing/synctest, in virtual time: it takes
// milliseconds, and what the program starts must end with it. Options may be nil.
func Test(t *testing.T, s *Scenario, p Program, o *Options) *Report {
	t.Helper()
	report := &Report{}
	if o == nil {
		o = &Options{}
	}
	if err := s.check(o); err != nil {
		t.Fatal(err)
	}
	sounds, err := s.prepare(t.Context(), o.Live == nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range max(o.Calls, 1) {
		result, err := oneCall(t, s, sounds, p, o)
		if err != nil {
			t.Fatalf("call %d: %v", i+1, err)
		}
		report.Add(s, result)
	}
	t.Log("\n" + report.String())
	for _, f := range report.Failures() {
		t.Error(f)
	}
	return report
}

// oneCall runs one call, in a bubble if the server is scripted.
func oneCall(t *testing.T, s *Scenario, sounds *sounds, p Program, o *Options) (result *Result, err error) {
	t.Helper()
	if o.Live != nil {
		return run(t.Context(), s, sounds, p, o)
	}
	err = errors.New("caller: the call was not made")
	synctest.Test(t, func(t *testing.T) { result, err = run(t.Context(), s, sounds, p, o) })
	return result, err
}
