"""The audit's checks of a market's loan desk (``EnergyLoans``): each rule once more from the events alone.

Their names begin with ``loans.``; that the desk's code, storage and replay agree is for the checks of the whole market
(``chain.audit.code``, ``chain.audit.storage``, ``chain.audit.replay``). A market without a desk passes them unlooked-at.
"""
