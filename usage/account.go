package usage

import (
	"context"
	"fmt"
	"sync"
)

// Account adds up what several sessions use: those of a tenant, or of a program. All
// methods may be called from anywhere.
type Account struct {
	name   string
	prices *Prices
	parent *Account
	budget Budget

	// Nil without a limit.
	spent context.Context //nolint:containedctx // Not a caller's: it ends with a [*BudgetError] once the budget is spent
	spend context.CancelCauseFunc

	mu     sync.Mutex // guards what follows; a parent's is taken after it is released
	ledger ledger
	total  Money
	warned bool
}

// AccountOptions configure an [Account].
type AccountOptions struct {
	// Name is used in errors; "" for none. Names must not be secret.
	Name string
	// Prices by which its sessions are charged. Default: the parent's, or [Published]. All
	// accounts of a tree have one currency: a cost in another one has [ErrCurrency].
	Prices *Prices
	// Parent also counts what this account does.
	Parent *Account
	// Budget is the limit of all sessions of the account together.
	Budget Budget
}

// Budget is a limit for money.
type Budget struct {
	// Limit is the most that may be spent; zero is no limit. Usage is known only when a
	// response or a transcript is over, so what runs at that moment can exceed it.
	//
	// With a limit, usage without a price counts as reaching it: what cannot be
	// calculated cannot be limited.
	Limit Money
	// Warn is the amount from which OnWarn is called, once; zero is never.
	Warn Money
	// OnWarn is called with what was spent, on a goroutine of a session; it must be fast
	// and must call no method of the session that waits.
	OnWarn func(spent Money)
	// Stop says when sessions end that [Meter.Guard] watches.
	Stop Stop
}

// Stop says when a session ends whose budget is spent.
type Stop int

const (
	// AfterResponse lets the response that runs end first, for at most 5 minutes.
	AfterResponse Stop = iota
	// AtOnce ends the session in the middle of a response.
	AtOnce
)

// BudgetError is the end of a session whose budget is spent.
type BudgetError struct {
	// Account is the name of the account; "" if it has none, "session" for a budget of [Options].
	Account string
	// Spent is the sum at that moment, and Limit the budget's.
	Spent, Limit Money
	// Currency of both.
	Currency string
	// Err is set if usage without a price is the reason.
	Err error
}

func (e *BudgetError) Error() string {
	of := ""
	if e.Account != "" {
		of = fmt.Sprintf(" of account %q", e.Account)
	}
	text := fmt.Sprintf("usage: the budget%s is spent: %v of %v %s", of, e.Spent, e.Limit, e.Currency)
	if e.Err != nil {
		text = fmt.Sprintf("usage: the budget%s cannot be kept: %v", of, e.Err)
	}
	return text
}

// Unwrap returns Err.
func (e *BudgetError) Unwrap() error { return e.Err }

// NewAccount returns an account. A nil o is an account of its own, without a budget.
func NewAccount(o *AccountOptions) *Account {
	if o == nil {
		o = &AccountOptions{}
	}
	a := &Account{name: o.Name, prices: o.Prices, parent: o.Parent, budget: o.Budget}
	if a.prices == nil && a.parent != nil {
		a.prices = a.parent.prices
	}
	if a.prices == nil {
		a.prices = publishedPrices()
	}
	if a.budget.Limit > 0 {
		a.spent, a.spend = context.WithCancelCause(context.Background())
	}
	return a
}

// Bill returns what the account's sessions have used so far.
func (a *Account) Bill() Bill {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ledger.bill(a.prices.Currency)
}

// Spent returns nil while there is money left, or no limit, and the [*BudgetError]
// afterwards. Programs look at it before they open a session.
func (a *Account) Spent() error {
	for ; a != nil; a = a.parent {
		if a.spent == nil {
			continue
		}
		if err := context.Cause(a.spent); err != nil {
			return err
		}
	}
	return nil
}

// Add counts an entry that no meter saw, such as one from an earlier run, in the account
// and its parents. Entries without an error keep the cost that they have.
func (a *Account) Add(e Entry) {
	for to := a; to != nil; to = to.parent {
		to.add(e.between(a.prices, to.prices))
	}
}

// between returns an entry as an account counts it that has the prices to. Nothing costs
// nothing in every currency, and a list without a currency is in that of the account.
func (e Entry) between(from, to *Prices) Entry {
	if from.Currency != to.Currency && from.Currency != "" && to.Currency != "" && e.Cost != (Cost{}) {
		e.Cost, e.Err = Cost{}, &PriceError{e.Model, ErrCurrency}
	}
	return e
}

func (a *Account) add(e Entry) {
	warn, spent := a.note(e)
	if warn {
		a.budget.OnWarn(spent)
	}
}

// note counts an entry, and returns whether the warning is due, and what was spent.
func (a *Account) note(e Entry) (warn bool, spent Money) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ledger.add(e)
	cost, err := e.Cost.Total()
	if err == nil {
		cost, err = sum(a.total, cost)
	}
	if err == nil {
		a.total, err = cost, e.Err
	}
	if b := a.budget; b.Limit > 0 && (err != nil || a.total >= b.Limit) {
		a.spend(&BudgetError{a.name, a.total, b.Limit, a.prices.Currency, err})
	}
	b := a.budget
	warn = b.Warn > 0 && a.total >= b.Warn && !a.warned && b.OnWarn != nil
	a.warned = a.warned || warn
	return warn, a.total
}
