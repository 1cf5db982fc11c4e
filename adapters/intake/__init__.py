"""Lists of referrals as clinics send them."""
