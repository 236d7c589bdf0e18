"""Physics and data: batteries and gas holders, profiles, forecasts with error, and what a meter then reads.

Knows no market: nothing here has a price, a party or a contract, and no other room of the house is imported.
Power is in kW, energy in kWh (whole Wh where a meter reads it), gas in litres; signs: a *need* is positive when
something is short, a *flow* is positive when it goes into a store.
"""
