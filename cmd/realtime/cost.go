package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/usage"
)

// costing is the subcommand cost.
type costing struct {
	prices   string
	listOnly bool
}

func newCost() *cobra.Command {
	c := &costing{}
	cmd := &cobra.Command{
		Use:   "cost FILE…",
		Short: "Add up what recorded calls cost",
		Long: `Add up what recorded calls cost, by model and by the published list prices or a price list
of yours. Responses and transcripts without a price are an error behind the sum, with exit
status 1.

Recordings need no content for it: the counts of tokens are always kept.`,
		Example: `  realtime cost calls/*.jsonl
  realtime cost -list >prices.json && realtime cost -prices prices.json call.jsonl`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: recordingFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			out := outputOf(cmd)
			prices, err := c.read()
			switch {
			case err != nil:
				return err
			case c.listOnly && out.json:
				return out.value(prices)
			case c.listOnly:
				return printPrices(out, prices)
			case len(args) == 0:
				return &usageError{errors.New("cost needs recordings"), cmd.CommandPath()}
			}
			return c.run(out, prices, args)
		},
	}
	cmd.Flags().StringVar(&c.prices, "prices", "", "JSON `file` with a price list (default: the published prices)")
	cmd.Flags().BoolVar(&c.listOnly, "list", false, "print the price list and exit; with --json in the form that -prices reads")
	return cmd
}

func (c *costing) read() (*usage.Prices, error) {
	if c.prices == "" {
		return usage.Published(), nil
	}
	data, err := os.ReadFile(c.prices)
	if err != nil {
		return nil, err
	}
	var p usage.Prices
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", c.prices, err)
	}
	return &p, nil
}

// costLine is what one model did.
type costLine struct {
	Model       string      `json:"model"`
	Responses   int         `json:"responses"`
	Transcripts int         `json:"transcripts,omitempty"`
	Input       int64       `json:"input_tokens"`
	Cached      int64       `json:"cached_tokens"`
	Output      int64       `json:"output_tokens"`
	Cost        usage.Money `json:"cost"`
	Unpriced    int         `json:"unpriced,omitempty"`
}

// costTotal is the result.
type costTotal struct {
	Files    int         `json:"files"`
	Currency string      `json:"currency"`
	Lines    []costLine  `json:"lines"`
	Total    usage.Money `json:"total"`
	Complete bool        `json:"complete"`
}

func (c *costing) run(out *output, prices *usage.Prices, files []string) error {
	account := usage.NewAccount(&usage.AccountOptions{Prices: prices})
	for _, name := range files {
		rec, err := openRecording(out, name)
		if err != nil {
			return err
		}
		charge(account, rec)
	}
	bill := account.Bill()
	total, unpriced := bill.Total()
	result := costTotal{Files: len(files), Currency: bill.Currency, Total: total, Complete: unpriced == nil}
	for _, l := range bill.Lines {
		cost, err := l.Cost.Total()
		if err != nil {
			return err
		}
		result.Lines = append(result.Lines, costLine{
			l.Model, l.Responses, l.Transcripts, l.Count.Input.Total(), l.Count.Cached.Total(), l.Count.Output.Total(), cost, l.Unpriced,
		})
	}
	var err error
	if out.json {
		err = out.value(result)
	} else {
		err = printBill(out, &result)
	}
	return errors.Join(err, unpriced)
}

func printBill(w io.Writer, t *costTotal) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "responses\ttranscripts\tinput\tcached\toutput\t%s\t  model\n", t.Currency)
	for _, l := range t.Lines {
		fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%d\t%s\t  %s\n", l.Responses, l.Transcripts, l.Input, l.Cached, l.Output, l.Cost, l.Model)
	}
	fmt.Fprintf(table, "\t\t\t\t\t%s\t  total\n", t.Total)
	return table.Flush()
}

func printPrices(w io.Writer, p *usage.Prices) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s for a million tokens\tinput\tcached\toutput\t\n", p.Currency)
	for _, model := range slices.Sorted(maps.Keys(p.Models)) {
		price := p.Models[model]
		for _, kind := range []struct {
			name string
			rate usage.Rate
		}{{"text", price.Text}, {"audio", price.Audio}, {"image", price.Image}} {
			if kind.rate != (usage.Rate{}) {
				fmt.Fprintf(table, "%s, %s\t%s\t%s\t%s\t\n", model, kind.name, kind.rate.Input, kind.rate.Cached, kind.rate.Output)
			}
		}
		if price.Minute != 0 {
			fmt.Fprintf(table, "%s, a minute of audio\t%s\t\t\t\n", model, price.Minute)
		}
	}
	return table.Flush()
}
