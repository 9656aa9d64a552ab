package doccode

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// units are types whose numbers mean little without the unit: nanoseconds, and trillionths
// of a currency.
var units = map[string]bool{"time.Duration": true, "github.com/voicelane/realtime-go/usage.Money": true}

// bareNumbers returns an error for each bare number that becomes a value of units, such as
// Limit: 500_000 of a budget. A sign is for values that switch something off, a factor is
// not a value.
func (s *source) bareNumbers(info *types.Info) []error {
	var faults []error
	look := func(values ...ast.Expr) {
		for _, e := range values {
			lit, ok := e.(*ast.BasicLit)
			if !ok || lit.Value == "0" || (lit.Kind != token.INT && lit.Kind != token.FLOAT) {
				continue
			}
			if of := types.TypeString(info.TypeOf(e), nil); units[of] {
				faults = append(faults, fmt.Errorf("%s: %s is a number of %s without a unit", s.fset.Position(lit.Pos()), lit.Value, of))
			}
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			look(n.Value)
		case *ast.CallExpr:
			look(n.Args...)
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN || n.Tok == token.DEFINE || n.Tok == token.ADD_ASSIGN || n.Tok == token.SUB_ASSIGN {
				look(n.Rhs...)
			}
		case *ast.ValueSpec:
			look(n.Values...)
		case *ast.ReturnStmt:
			look(n.Results...)
		case *ast.CompositeLit:
			look(n.Elts...)
		default:
		}
		return true
	})
	return faults
}
