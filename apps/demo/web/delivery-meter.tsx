import { useDelivery } from './use-delivery.ts';

/** What was lost and what came twice. Both stay 0: that is the point. */
export function DeliveryMeter({ sessionId }: { sessionId: string }) {
  const { received, lost, doubled } = useDelivery(sessionId);
  const isClean = lost + doubled === 0;
  return (
    <section aria-labelledby="delivery-heading">
      <h2 id="delivery-heading">Delivery</h2>
      <p
        className="meter"
        data-testid="lost-doubled"
        data-received={received}
        data-lost={lost}
        data-doubled={doubled}
        data-tone={isClean ? 'good' : 'bad'}
      >
        <strong>{lost}</strong> lost, <strong>{doubled}</strong> doubled
        <small>of {received} events, counted apart from the client</small>
      </p>
    </section>
  );
}
